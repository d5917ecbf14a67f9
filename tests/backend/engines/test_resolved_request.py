"""Requests are checked against the labels of the weights, and their defaults filled in."""

import math

import pytest
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import FPS, HEIGHT, GenerateRequest
from zoetrope.errors import ZoetropeError


def test_labels_are_indices_from_one(engine):
    resolved = engine.resolve(GenerateRequest("quadruped", "walk"))
    description = engine.description
    assert description.categories[resolved.category_index - 1].name == "quadruped"
    assert description.action_order[resolved.action_index - 1] == resolved.action_label.name == "walk"


def test_empty_labels_are_unconditional_loops(engine):
    resolved = engine.resolve(GenerateRequest("", ""))
    assert (resolved.category_index, resolved.action_index) == (0, 0)
    assert resolved.action_label.cyclic


def test_defaults_are_typical_height_and_palette_of_the_seed(engine):
    typical = next(c.height for c in engine.description.categories if c.name == "quadruped")
    resolved = engine.resolve(GenerateRequest("quadruped", seed=4))
    assert (resolved.height, resolved.palette_seed) == (typical, 4)
    resolved = engine.resolve(GenerateRequest("quadruped", seed=4, height=2.0, palette=0))
    assert (resolved.height, resolved.palette_seed) == (2.0, 0)


@pytest.mark.parametrize(
    ("request_", "wrong"),
    [
        (GenerateRequest("", "walk"), "'walk' has no category"),
        (GenerateRequest(fps=0.5), r"0\.5 frames per second"),
        (GenerateRequest(fps=math.nan), "nan frames per second"),
        (GenerateRequest(fps=1001.0), r"1001\.0 frames per second"),
        (GenerateRequest(height=0.0009), r"height is 0\.0009 m"),
        (GenerateRequest(height=1000.5), r"height is 1000\.5 m"),
        (GenerateRequest(height=math.nan), "height is nan m"),
    ],
)
def test_what_cannot_be_made_is_refused_with_a_remedy(engine, request_, wrong):
    for one in (engine.resolve, lambda request: ProceduralEngine().generate(request, ignore_progress)):
        with pytest.raises(ZoetropeError, match=wrong) as caught:
            one(request_)
        assert caught.value.code == "bad_option"
        assert caught.value.remedy


def test_least_and_greatest_rate_and_height_are_possible(engine):
    for i in (0, 1):
        resolved = engine.resolve(GenerateRequest(fps=FPS[i], height=HEIGHT[i]))
        assert resolved.height == HEIGHT[i]


@pytest.mark.parametrize(
    ("request_", "choice"),
    [
        (GenerateRequest(category="unicorn"), "quadruped"),
        (GenerateRequest(action="sing"), "walk"),
        (GenerateRequest(detail=100), "128"),
    ],
)
def test_unknown_labels_and_details_name_the_choices(engine, request_, choice):
    with pytest.raises(ZoetropeError, match=choice) as caught:
        engine.resolve(request_)
    assert caught.value.code == "bad_option"
