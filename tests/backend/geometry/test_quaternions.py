"""Quaternions over time: the same rotations, and no jump from frame to frame."""

import numpy as np
from scipy.spatial.transform import Rotation
from zoetrope.geometry.quaternions import continuous_quaternions


def test_two_full_turns_have_no_jump_and_stay_the_same_rotations():
    angles = np.linspace(0.0, 4.0 * np.pi, 60)
    axes = np.array([[0.0, 0.0, 1.0], [0.6, 0.8, 0.0]])
    vectors = angles[:, None, None] * axes
    rotations = Rotation.from_rotvec(vectors.reshape(-1, 3)).as_matrix().reshape(60, 2, 3, 3)
    found = continuous_quaternions(rotations)
    assert found.shape == (60, 2, 4)
    assert np.linalg.norm(np.diff(found, axis=0), axis=-1).max() < 0.12
    back = Rotation.from_quat(found.reshape(-1, 4)).as_matrix().reshape(rotations.shape)
    assert np.allclose(back, rotations, atol=1e-6)
