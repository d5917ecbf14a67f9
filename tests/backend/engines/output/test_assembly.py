"""Start of loops, rotations after interpolation, travel speed."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from zoetrope.engines.output.assembly import find_loop_start, travel_speed, with_nearest_rotations


def test_loop_starts_after_its_smallest_step():
    steps = np.array([0.3, 0.2, 0.05, 0.3, 0.15])
    vertices = np.cumsum(steps)[:, None, None] * np.ones((5, 7, 3))
    assert find_loop_start(vertices) == 2


def test_interpolated_transforms_get_the_nearest_rotations():
    transforms = np.tile(np.eye(4), (3, 1, 1))
    rotations = Rotation.from_rotvec([[0, 0, 0.5], [1, 0, 0], [0, 2, 0]]).as_matrix()
    transforms[:, :3, :3] = rotations * np.array([0.9, 1.0, 1.1])[:, None, None]
    transforms[:, :3, 3] = 5
    out = with_nearest_rotations(transforms)
    np.testing.assert_allclose(out[:, :3, :3], rotations, atol=1e-6)
    assert (out[:, :3, 3] == 5).all()


def test_travel_speed_is_that_of_resting_feet_alone():
    """A foot rests for half of the clip, moving backward; a tail drags at another speed."""
    seconds, count = 1.0, 20
    step = np.arange(count) / count * seconds
    foot = np.stack([np.zeros(count), 2 * step, np.where(step < 0.5, 0.0, 0.3)], axis=1)
    sole = foot[:, None] + np.array([[x, 0.0, 0.0] for x in np.linspace(0, 0.1, 10)])
    tail = np.tile([[0.0, 1.0, 0.0]], (count, 40, 1)) + 0.3 * step[:, None, None] * [0, 1, 0]
    vertices = np.concatenate([sole, tail, np.tile([[[0.0, 0.0, 1.0]]], (count, 1, 1))], axis=1)
    rest = vertices[0]
    found = travel_speed(vertices, [np.arange(10)], seconds, False, rest)
    assert found == pytest.approx(2.0 * (count - 1) / count)
    assert travel_speed(vertices, [], seconds, False, rest) == 0.0
