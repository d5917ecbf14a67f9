"""Feet of a stool with known legs, and how far a motion leaves them in the air."""

import numpy as np
import pytest
from zoetrope.geometry.ground_contact import find_feet, max_foot_clearance

PLACES = np.array([[0.4, 0.6], [-0.4, 0.6], [0.4, -0.6], [-0.4, -0.6]])


@pytest.fixture
def stool():
    """Four legs of two toes each, and a seat: points (P, 3), and the leg of each (-1: the seat)."""
    z = np.linspace(0, 1, 21)
    toes = np.array([[0.01, 0.0], [-0.01, 0.0]])
    legs = [np.array([[*(place + toe), h] for toe in toes for h in z]) for place in PLACES]
    seat = np.array([[x, y, 1.0] for x in np.linspace(-0.4, 0.4, 9) for y in np.linspace(-0.6, 0.6, 9)])
    return np.concatenate([*legs, seat]), np.repeat([0, 1, 2, 3, -1], [42, 42, 42, 42, 81])


def test_each_leg_has_one_foot(stool):
    points, leg = stool
    feet = find_feet(points)
    assert sorted(set(leg[foot]).pop() for foot in feet) == [0, 1, 2, 3]
    assert all(len(set(leg[foot])) == 1 for foot in feet)
    assert all(points[foot, 2].max() <= 0.06 for foot in feet)


def test_one_point_is_a_foot():
    assert [foot.tolist() for foot in find_feet(np.array([[0, 0, 1.0], [0, 0, 0], [1, 0, 1]]))] == [[1]]


def test_the_foot_that_comes_down_least_counts(stool):
    points, leg = stool
    feet = find_feet(points)
    frames = np.stack([points] * 4)
    for number, heights in enumerate(([0, 0, 0, 0], [0.3, 0.1, 0.2, 0.4], [0.5, 0.0, 0.5, 0.5], [0.2] * 4)):
        frames[:, leg == number, 2] += np.array(heights)[:, None]
    assert max_foot_clearance(frames, feet, 1.0) == pytest.approx(0.2)
    assert max_foot_clearance(frames + [0, 0, 7], feet, 2.0) == pytest.approx(0.1)
    assert max_foot_clearance(frames[:1], feet, 1.0) == pytest.approx(0.5)


def test_what_has_no_feet_hangs_nowhere(stool):
    assert max_foot_clearance(stool[0][None], [], 1.0) == 0
