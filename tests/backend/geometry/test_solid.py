"""Solids from overlapping, open and flat parts."""

import numpy as np
import pytest
import trimesh
from zoetrope.geometry.signed_distance import signed_distance
from zoetrope.geometry.solid import build_solid


@pytest.mark.parametrize("closed", [True, False])
def test_overlapping_parts_leave_no_zero_distance_inside(closed):
    """Two crossing boxes; with a hole and a non-manifold edge in one, manifold3d cannot unite them."""
    a = trimesh.creation.box((1.0, 0.4, 0.4))
    b = trimesh.creation.box((0.4, 0.4, 1.0))
    if not closed:
        b.update_faces(np.arange(len(b.faces)) != 0)
        b.faces = np.vstack([b.faces, b.faces[:1]])  # an edge that three faces share
    both = trimesh.util.concatenate([a, b])
    solid = build_solid(both.vertices, both.faces)
    inside = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.15], [0.15, 0.0, 0.0], [0.1, 0.05, 0.1]])
    distance, decided = signed_distance(solid, inside)
    assert decided.all()
    assert (distance < -0.04).all()
    assert abs(distance[0] + 0.2) < 0.02


@pytest.mark.filterwarnings("error")
def test_flat_part_causes_no_division_by_its_volume():
    sheet = np.array([[2, 0, 0], [3, 0, 0], [3, 1, 0], [2, 1, 0], [2.5, 0.5, 0]], float)
    fan = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
    box = trimesh.creation.box((1.0, 1.0, 1.0))
    inward = box.faces[:, ::-1]
    solid = build_solid(np.vstack([box.vertices, sheet]), np.vstack([inward, fan + len(box.vertices)]))
    assert np.linalg.det(solid.vertices[solid.outer]).sum() / 6 == pytest.approx(1.0)
