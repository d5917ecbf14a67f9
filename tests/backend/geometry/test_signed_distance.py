"""Signed distances of boxes and thin plates."""

import numpy as np
import pytest
import trimesh
from plates import solid_with_plate
from zoetrope.geometry.signed_distance import MIN_THICKNESS, find_thin_faces, signed_distance
from zoetrope.geometry.solid import build_solid


@pytest.mark.parametrize("min_thickness", [MIN_THICKNESS, 0.036])
@pytest.mark.parametrize("thickness", [0.0, 0.004, 0.02])
def test_plate_is_thickened_to_a_grid_cell(thickness, min_thickness):
    _, _, solid = solid_with_plate(thickness)
    heights = np.linspace(-0.05, 0.05, 21)
    points = np.array([[x, y, z] for x in (0.4, 0.8) for y in (-0.1, 0.13) for z in heights])
    distance, decided = signed_distance(solid, points, find_thin_faces(solid, min_thickness))
    assert decided.all()
    expected = np.abs(points[:, 2]) - 0.5 * min_thickness
    assert np.abs(distance - expected)[expected > 0].max() < 0.1 * min_thickness
    assert (distance[expected < -0.0025] < 0).all()


def test_thick_body_is_unchanged():
    box = trimesh.creation.box((1.0, 0.4, 0.1))
    solid = build_solid(np.asarray(box.vertices), np.asarray(box.faces))
    thin = find_thin_faces(solid)
    assert len(thin.faces) == 0
    points = np.random.default_rng(0).uniform(-1, 1, (100, 3))
    assert (signed_distance(solid, points)[0] == signed_distance(solid, points, thin)[0]).all()
