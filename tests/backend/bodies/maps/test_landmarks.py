"""Landmarks go where their body goes: into another bounding box, and through a map."""

from dataclasses import astuple

import numpy as np
import pytest
from zoetrope.bodies.maps.body_map import identity_map
from zoetrope.bodies.maps.landmarks import TYPICAL, typical_landmarks
from zoetrope.clips.procedural import ProceduralCreature


@pytest.fixture(scope="module")
def rest():
    return ProceduralCreature(0).mesh(32)[0].astype(np.float64)


def assert_alike(one, other):
    for a, b in zip(astuple(one), astuple(other), strict=True):
        assert (a is None) == (b is None)
        assert a is None or np.allclose(a, b, atol=1e-6)


@pytest.mark.parametrize("category", [*TYPICAL, "other"])
def test_landmarks_are_in_the_box_and_on_its_mid_plane(rest, category):
    landmarks = typical_landmarks(rest, category)
    low, high = rest.min(axis=0), rest.max(axis=0)
    for point in (landmarks.head, landmarks.neck, landmarks.hips):
        assert (point >= low).all()
        assert (point <= high).all()
        assert point[0] == pytest.approx(0.5 * (low[0] + high[0]))
    assert landmarks.head[1] < landmarks.neck[1] <= landmarks.hips[1], "it faces -Y"


@pytest.mark.parametrize("category", ["quadruped", "fish", "blob"])
def test_nothing_moves_in_the_same_box_and_through_the_identity(rest, category):
    landmarks = typical_landmarks(rest, category)
    assert_alike(landmarks.moved_to(rest, rest), landmarks)
    assert_alike(landmarks.through(identity_map), landmarks)


@pytest.mark.parametrize("category", ["quadruped", "fish", "blob"])
def test_a_scaled_and_shifted_body_has_the_landmarks_that_are_typical_of_it(rest, category):
    landmarks = typical_landmarks(rest, category)

    def scaled(points):
        return 1.4 * points + [0.1, -0.2, 0.3]

    expected = typical_landmarks(scaled(rest), category)
    assert_alike(landmarks.moved_to(rest, scaled(rest)), expected)
    assert_alike(landmarks.through(scaled), expected)
