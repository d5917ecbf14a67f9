"""Clips and bodies decoded from their training tokens are nearest to the real ones."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from zoetrope.evaluation.metrics.nearest_neighbours import Sequences, nearest_in
from zoetrope.evaluation.metrics.point_clouds import normalised
from zoetrope.evaluation.protocols.bodies import bodies_of
from zoetrope.evaluation.protocols.decoded_clips import ClipDecoder
from zoetrope.evaluation.protocols.references import clips_of_split, sample_clips

WEIGHTS = Path(__file__).parents[4] / "weights"


@pytest.fixture(scope="module")
def decoder():
    return ClipDecoder(WEIGHTS)


@pytest.fixture(scope="module")
def real(library):
    """Gaits of two training creatures."""
    clips = clips_of_split(library, "by_creature", "train")
    gaits = [one for one in clips if one[1].action in ("walk", "run") and one[0].category == "quadruped"]
    creatures = sorted({entry.file for entry, _ in gaits})[:2]
    chosen = [[one for one in gaits if one[0].file == file][:2] for file in creatures]
    return sample_clips(library, [one for pair in chosen for one in pair], points=512)


def test_each_is_nearest_to_its_own_clip(decoder, real):
    decoded = decoder.decode(real, detail=64, points=512)
    first, second = (
        Sequences(np.stack([normalised(one.clouds) for one in clips])) for clips in (decoded, real)
    )
    nearest, distance = nearest_in(first, second)
    assert nearest.flatten().tolist() == list(range(len(real)))
    assert distance.max() < 0.03


def test_unknown_clips_and_labels_are_left_out(decoder, real):
    unknown = replace(real[0], clip="Somersault")
    other_label = replace(real[0], action="other")
    assert [one.clip for one in decoder.trained([unknown, other_label, *real])] == [one.clip for one in real]


def test_each_body_is_nearest_to_its_own(decoder, library):
    """Bodies in their boxes; those that the weights were not trained on are left out."""
    (unknown,) = library.creatures("test", ("quadruped",))[:1]
    chosen = library.creatures("train", ("quadruped", "aquatic"))[::6]
    assert len(chosen) > 2
    decoded = decoder.decode_bodies([unknown, *chosen], detail=64)
    assert [one.creature for one in decoded] == [one.file for one in chosen]
    first, second = (
        Sequences(np.stack([one.clouds for one in bodies]))
        for bodies in (decoded, bodies_of(library, chosen))
    )
    nearest, distance = nearest_in(first, second)
    assert nearest.flatten().tolist() == list(range(len(chosen)))
    assert distance.max() < 0.002, "squared, in a box of 1.8"
