"""The inverse of a warp: exact where the warp is affine."""

import numpy as np
import rods
from zoetrope.bodies.warp_inversion import invert_warp


def test_points_inside_are_found_behind_a_warp():
    vertices, _ = rods.body()
    warp = rods.affine_warp(vertices)
    inside = np.random.default_rng(0).uniform(-0.3, 0.9, (50, 3))
    found = invert_warp(warp, inside * rods.SCALE + rods.SHIFT, vertices)
    assert np.abs(found - inside).max() < 1e-3
