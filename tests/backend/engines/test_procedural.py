"""The engine without weights refuses what it does not offer, as that with weights does."""

from dataclasses import replace

import numpy as np
import pytest
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.errors import ZoetropeError


@pytest.mark.parametrize(
    ("request_", "remedy"),
    [
        (GenerateRequest(detail=0), "64, 96, 128"),
        (GenerateRequest(detail=65), "64, 96, 128"),
        (GenerateRequest(category="dragon"), "quadruped"),
        (GenerateRequest(action="fly"), "walk"),
    ],
)
def test_unknown_labels_and_details_are_refused_with_the_choices(request_, remedy):
    with pytest.raises(ZoetropeError, match=remedy) as caught:
        ProceduralEngine().generate(request_, ignore_progress)
    assert caught.value.code == "bad_option"


def test_empty_labels_mean_any():
    sequence = ProceduralEngine().generate(
        GenerateRequest("", "", detail=64, frames=2, faces=None, texture=None), ignore_progress
    )
    assert (sequence.category, sequence.action) == ("quadruped", "walk")


def test_a_preview_has_the_palette_that_a_creature_of_its_seed_gets():
    request = GenerateRequest(seed=3, detail=64, faces=None, texture=None, palette=12)
    palette = ProceduralEngine().preview(replace(request, action=""), lambda *_: None).palette
    assert np.array_equal(palette, ProceduralEngine().generate(request, lambda *_: None).palette)
    other = ProceduralEngine().preview(replace(request, action="", palette=13), lambda *_: None).palette
    assert not np.array_equal(palette, other)
