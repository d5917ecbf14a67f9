"""Rigid alignment and the non-rigid remainder, on motions whose rigid part is known."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.geometry.mesh_properties import vertex_areas
from zoetrope.geometry.rigid_alignment import (
    apply_rigid_transforms,
    fit_rigid_transforms,
    max_displacement,
    nearest_rotations,
    nonrigid_offsets,
)

POINTS = np.random.default_rng(0).random((5000, 3)) * [1.0, 2.0, 3.0]


def test_decomposition_is_exact_and_independent_of_rigid_motion():
    creature = ProceduralCreature(2)
    mesh = creature.mesh(32)
    vertices, weights = mesh[0].astype(np.float64), vertex_areas(*mesh)
    rotation = Rotation.from_rotvec([0.3, -1.0, 2.0]).as_matrix()
    posed = creature.flow(vertices, 0.2)
    frames = np.stack([creature.flow(vertices, 0.0), posed @ rotation.T + [1, 2, 3], posed])
    transforms = fit_rigid_transforms(vertices, frames, weights)
    assert np.allclose(np.linalg.det(transforms[:, :3, :3]), 1)
    offsets = nonrigid_offsets(vertices, frames, transforms)
    assert np.abs(apply_rigid_transforms(vertices + offsets, transforms) - frames).max() < 1e-12
    assert np.abs(offsets[1] - offsets[2]).max() < 1e-9


def test_nearest_rotation_of_a_scaled_one_is_itself_and_never_a_reflection():
    rotations = Rotation.random(8, rng=1).as_matrix().reshape(2, 4, 3, 3)
    np.testing.assert_allclose(nearest_rotations(rotations * [0.5, 1.0, 2.0]), rotations, atol=1e-12)
    assert np.allclose(np.linalg.det(nearest_rotations(-rotations)), 1)


def test_max_displacement_ignores_rigid_motion():
    frames = [r.apply(POINTS) + 3 * i for i, r in enumerate(Rotation.random(5, rng=0))]
    assert max_displacement(POINTS, np.array(frames)) < 1e-6


def test_reflection_is_not_rigid():
    asymmetric = POINTS + [[0.0, 0.0, 1.0]] * (POINTS[:, :1] > 0.5) * (POINTS[:, 1:2] > 1.0)
    assert max_displacement(asymmetric, (asymmetric * [-1, 1, 1])[None]) > 0.03


def test_max_displacement_is_in_diagonals():
    frame = POINTS.copy()
    frame[7] += [0, 0, 1.0]
    assert max_displacement(POINTS, np.stack([POINTS, frame])) == pytest.approx(1 / np.sqrt(14), rel=0.01)
