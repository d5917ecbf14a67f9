"""Inside and outside of closed surfaces in every pose."""

import numpy as np
import trimesh
from zoetrope.geometry.closed_surface import ClosedSurface
from zoetrope.geometry.signed_distance import MIN_THICKNESS


def points(count=4000, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, 3))


def test_sphere_at_rest_and_moved():
    mesh = trimesh.creation.icosphere(4, 0.5)
    surface = ClosedSurface.build(mesh.vertices, mesh.faces)
    at = points()
    radius = np.linalg.norm(at, axis=1)
    clear = np.abs(radius - 0.5) > 0.01
    assert (surface.occupancy(mesh.vertices, at, 1.0) == (radius < 0.5))[clear].all()
    shifted = surface.occupancy(mesh.vertices + [0.3, 0, 0], at, 1.0)
    moved = np.linalg.norm(at - [0.3, 0, 0], axis=1)
    assert (shifted == (moved < 0.5))[np.abs(moved - 0.5) > 0.01].all()


def test_a_hole_is_closed_in_every_pose():
    mesh = trimesh.creation.icosphere(4, 0.5)
    open_faces = mesh.faces[mesh.vertices[mesh.faces].mean(1)[:, 2] < 0.45]
    surface = ClosedSurface.build(mesh.vertices, open_faces)
    at = points()
    squashed = mesh.vertices * [1.0, 1.0, 0.5]
    radius = np.linalg.norm(at / [1.0, 1.0, 0.5], axis=1)
    clear = (np.abs(radius - 0.5) > 0.02) & (at[:, 2] < 0.2)
    assert (surface.occupancy(squashed, at, 1.0) == (radius < 0.5))[clear].all()
    above = np.array([[0.0, 0.0, 0.3]])
    assert not surface.occupancy(squashed, above, 1.0)[0]


def test_overlapping_parts_are_inside():
    parts = [trimesh.creation.icosphere(3, 0.4), trimesh.creation.icosphere(3, 0.4)]
    parts[1].apply_translation([0.3, 0, 0])
    both = trimesh.util.concatenate(parts)
    surface = ClosedSurface.build(both.vertices, both.faces)
    inside = surface.occupancy(both.vertices, np.array([[0.15, 0, 0], [0.6, 0, 0], [0.9, 0, 0]]), 1.0)
    assert inside.tolist() == [True, True, False]


def test_a_sheet_is_thickened_by_the_same_amount_in_every_pose():
    box = trimesh.creation.box((0.8, 0.8, 0.002))
    mesh = box.subdivide().subdivide()
    surface = ClosedSurface.build(mesh.vertices, mesh.faces)
    half = 0.5 * MIN_THICKNESS
    for lift in (0.0, 0.4):
        at = np.array([[0.1, 0.1, lift + z] for z in (-1.3 * half, -0.7 * half, 0, 0.7 * half, 1.3 * half)])
        inside = surface.occupancy(mesh.vertices + [0, 0, lift], at, 1.0)
        assert inside.tolist() == [False, True, True, True, False]


def test_points_in_another_unit_are_padded_alike():
    mesh = trimesh.creation.box((0.8, 0.8, 0.002)).subdivide()
    surface = ClosedSurface.build(mesh.vertices, mesh.faces)
    at = np.array([[0.1, 0.1, z * 0.5 * MIN_THICKNESS] for z in (0.7, 1.3)])
    assert surface.occupancy(10 * mesh.vertices, 10 * at, 0.1).tolist() == [True, False]
