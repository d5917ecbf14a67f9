"""The neighbourhood of a head, and how much of a deformation it must not follow."""

import numpy as np
import pytest
from zoetrope.bodies.maps.head import HEAD_FALLOFF, ball, head_share, rigidity

AXIS = np.array([0.0, -2.0, 0.0])


def share_at(*offset):
    return float(head_share(np.array([offset], float), AXIS, 0.1)[0])


def test_the_head_is_its_own_within_its_radius():
    offsets = ball(0.1)
    assert (head_share(offsets, AXIS, 0.1) == 1.0).all()


def test_the_share_falls_to_nothing_towards_the_neck_and_aside():
    for direction in ([0, 1, 0], [1, 0, 0]):
        shares = [share_at(*(d * np.array(direction))) for d in np.linspace(0.1, 0.1 * HEAD_FALLOFF, 20)]
        assert shares[0] == pytest.approx(1.0, abs=0.01)
        assert (np.diff(shares) <= 1e-9).all()
    assert share_at(0, 0.1 * HEAD_FALLOFF, 0) == 0.0


def test_what_is_ahead_belongs_to_the_head_from_further_away():
    assert share_at(0, -0.25, 0) > 0.9 > 0.1 > share_at(0, 0.25, 0)


def test_a_ball_is_filled_to_its_radius():
    lengths = np.linalg.norm(ball(0.3), axis=1)
    assert lengths.max() == pytest.approx(0.3)
    assert lengths.min() == 0.0
    np.testing.assert_allclose(ball(0.3).mean(axis=0), 0.0, atol=1e-12)


@pytest.mark.parametrize(("spread", "left"), [(0.0, 0.0), (0.05, 0.05), (0.1, 0.1), (0.5, 0.1)])
def test_what_the_head_does_follow_is_within_what_is_allowed(spread, left):
    assert spread * (1.0 - rigidity(spread, 0.1)) == pytest.approx(left)
