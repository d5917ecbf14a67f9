"""The mesh of a result: budget, textures, regions and levels, from the surface of a ball."""

import io

import numpy as np
import pytest
from PIL import Image
from zoetrope.assets.region_paint import RegionPaint, paint
from zoetrope.engines.body.body_mesh import make_body_mesh
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.geometry.isosurface import extract_surface

RADIUS = 0.7
PALETTE = np.array([[0.8, 0.2, 0.1], [0.1, 0.2, 0.9]], np.float32)


def distance(points):
    length = np.linalg.norm(points, axis=1, keepdims=True)
    return (length[:, 0] - RADIUS).astype(np.float32), points / length


def halves(points):
    """Weights of two regions: the lower and the upper half."""
    return np.eye(2, dtype=np.float32)[(points[:, 2] > 0).astype(int)]


PAINT = RegionPaint(halves, PALETTE)


@pytest.fixture(scope="module")
def full():
    surface = extract_surface(lambda points: distance(points)[0], 64)
    return surface.vertices, surface.faces


def make(full, colours=PAINT, on_progress=ignore_progress, **options):
    return make_body_mesh(GenerateRequest(**options), full, distance, colours, on_progress)


def test_without_a_budget_the_mesh_is_the_full_surface(full):
    mesh = make(full, faces=None, texture=None)
    assert np.array_equal(mesh.rest, full[0])
    assert np.array_equal(mesh.faces, full[1])
    assert (mesh.uvs, mesh.textures, mesh.levels, mesh.meta) == (None, {}, (), {})


def test_a_budget_is_kept_on_the_surface_and_named_in_the_header(full):
    mesh = make(full, faces=1000, texture=None)
    assert 900 <= len(mesh.faces) <= 1000
    np.testing.assert_allclose(np.linalg.norm(mesh.rest, axis=1), RADIUS, atol=2e-3)
    assert mesh.meta == {"face_budget": 1000}


def test_regions_and_their_palette_are_those_of_the_vertices(full):
    mesh = make(full, faces=1000, texture=None)
    assert np.array_equal(mesh.regions[:, 0], (mesh.rest[:, 2] > 0).astype(np.uint8))
    assert np.array_equal(mesh.palette, PALETTE)
    np.testing.assert_allclose(mesh.colours, paint(mesh.regions, PALETTE))


def test_colours_without_regions_have_no_palette(full):
    mesh = make(full, lambda points: np.full((len(points), 3), 0.25, np.float32), faces=1000, texture=None)
    assert (mesh.regions, mesh.palette) == (None, None)
    assert (mesh.colours == 0.25).all()


def test_textures_are_baked_over_the_texture_coordinates(full):
    stages = []
    mesh = make(full, PAINT, lambda stage, i, n: stages.append((stage, i / n)), faces=1000, texture=512)
    assert mesh.uvs.shape == (len(mesh.faces), 3, 2)
    assert set(mesh.textures) == {"base_colour", "normal_map", "regions"}
    assert {Image.open(io.BytesIO(png.tobytes())).size for png in mesh.textures.values()} == {(512, 512)}
    names = [stage for stage, _ in stages]
    assert names == sorted(names, key=["low_poly", "texture"].index)
    assert stages[-1] == ("texture", 1.0)


def test_coarser_levels_are_as_many_as_requested(full):
    mesh = make(full, faces=1000, texture=None, levels_of_detail=2)
    first, second = (len(level.faces) for level in mesh.levels)
    assert len(mesh.faces) > first > second
