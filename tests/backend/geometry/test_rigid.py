"""What is left of a motion when its rigid part is taken out: cases whose answer is known."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from zoetrope.geometry.rigid_alignment import max_displacement

POINTS = np.random.default_rng(0).random((5000, 3)) * [1.0, 2.0, 3.0]


def test_displacement_ignores_rigid_motion():
    rigid = [r.apply(POINTS) + 3 * i for i, r in enumerate(Rotation.random(5, rng=0))]
    assert max_displacement(POINTS, np.array(rigid)) < 1e-6


def test_a_reflection_is_not_rigid():
    bent_through = POINTS + [[0.0, 0.0, 1.0]] * (POINTS[:, :1] > 0.5) * (POINTS[:, 1:2] > 1.0)
    assert max_displacement(bent_through, (bent_through * [-1, 1, 1])[None]) > 0.03


def test_displacement_is_the_largest_in_diagonals():
    frame = POINTS.copy()
    frame[7] += [0, 0, 1.0]
    assert max_displacement(POINTS, np.stack([POINTS, frame])) == pytest.approx(1 / np.sqrt(14), rel=0.01)
