"""What is measured of motion between given poses, on points whose way is known."""

import numpy as np
import pytest
from zoetrope.evaluation.in_betweens import GIVEN, measured


def clip(frames=16, speed=0.1):
    still = np.random.default_rng(0).normal(size=(20, 3))
    return still + speed * np.arange(frames)[:, None, None] * np.array([1.0, 0, 0])


def test_poses_that_are_kept_are_not_missed():
    whole = clip()
    found = measured(whole, whole[:GIVEN], whole[-GIVEN:], [whole], 2.0)
    np.testing.assert_allclose(found.missed, 0, atol=1e-9)
    assert found.missed.shape == (2 * GIVEN,)
    assert found.seam == pytest.approx(1)


def test_a_shift_is_told_in_percent_of_the_diagonal():
    whole = clip()
    found = measured(whole + [0, 0.02, 0], whole[:GIVEN], whole[-GIVEN:], [whole], 2.0)
    np.testing.assert_allclose(found.missed, 1, atol=1e-6)


def test_a_leap_into_the_given_poses_is_seen():
    whole = clip()
    leaping = whole.copy()
    leaping[-GIVEN:] += [0.4, 0, 0]
    found = measured(leaping, whole[:GIVEN], leaping[-GIVEN:], [whole], 2.0)
    assert found.seam == pytest.approx(5)


def test_a_trembling_middle_is_seen():
    way = clip(speed=0.0) + 0.1 * np.sin(np.linspace(0, 6, 16))[:, None, None]
    shaking = way + 0.05 * np.random.default_rng(1).normal(size=way.shape)
    found = measured(shaking, way[:GIVEN], way[-GIVEN:], [way], 2.0)
    assert found.jerk > 3
