"""Placement in metres, start of loops, rotations after interpolation."""

import numpy as np
from scipy.spatial.transform import Rotation
from zoetrope.engines.assembly import find_loop_start, with_nearest_rotations
from zoetrope.engines.placement import place_on_ground


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


def test_placed_creature_stands_centred_on_the_ground():
    rest = np.random.default_rng(0).uniform(-0.9, 0.9, (50, 3))
    placed = place_on_ground(rest, 1.7).points(rest)
    low, high = placed.min(0), placed.max(0)
    np.testing.assert_allclose(low[:2] + high[:2], 0, atol=1e-6)
    np.testing.assert_allclose((low[2], high[2]), (0, 1.7), atol=1e-6)


def test_transforms_in_metres_move_points_as_in_the_box():
    rng = np.random.default_rng(1)
    rest = rng.uniform(-0.9, 0.9, (50, 3))
    rotations = Rotation.random(4, random_state=2).as_matrix()
    translations = rng.normal(size=(4, 3))
    placement = place_on_ground(rest, 2.0)
    moved = rest @ rotations.transpose(0, 2, 1) + translations[:, None]
    transforms = placement.transforms(rotations, translations)
    metres = placement.points(rest) @ transforms[:, :3, :3].transpose(0, 2, 1) + transforms[:, None, :3, 3]
    np.testing.assert_allclose(metres, placement.points(moved), atol=1e-5)
