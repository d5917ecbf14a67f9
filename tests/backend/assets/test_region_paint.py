"""Regions of points, and painting them with a palette."""

import io

import numpy as np
import trimesh
from PIL import Image
from zoetrope.assets.bake import bake
from zoetrope.assets.region_paint import RegionPaint, paint, region_bytes
from zoetrope.assets.texels import rasterise
from zoetrope.assets.uv import unwrap

PALETTE = np.array([[0.8, 0.4, 0.1], [0.1, 0.2, 0.9], [0.0, 0.0, 0.0]], np.float32)


def test_painting_is_the_mean_of_the_two_strongest_regions():
    weights = np.array([[1.0, 0.0, 0.0], [0.2, 0.8, 0.0], [0.0, 0.5, 0.5]])
    np.testing.assert_allclose(
        paint(region_bytes(weights), PALETTE), weights @ PALETTE, atol=0.5 / 255 + 1e-6
    )


def test_the_strongest_region_comes_first():
    rng = np.random.default_rng(0)
    weights = rng.dirichlet(np.ones(8), 200)
    regions = region_bytes(weights)
    assert (regions[:, 0] == weights.argmax(axis=1)).all()
    assert (regions[:, 2] >= 127).all()


def halves(points):
    return np.eye(3)[(points[:, 0] > 0).astype(int)]


def test_a_baked_base_colour_is_its_regions_painted():
    mesh = trimesh.creation.icosphere(3, 0.8)
    vertices, faces = np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces)
    uvs, full = unwrap(vertices, faces, 256), (vertices, faces)
    textures = bake(vertices, faces, uvs, full, RegionPaint(halves, PALETTE), 256)
    colour, regions = (
        np.asarray(Image.open(io.BytesIO(png.tobytes()))) for png in (textures.base_colour, textures.regions)
    )
    painted = np.round(255 * paint(regions.reshape(-1, 3), PALETTE)).reshape(colour.shape)
    assert np.array_equal(painted, colour), "beyond the charts too: it is seen in small levels of a mip map"
    texels = rasterise(uvs, 256)
    assert set(np.unique(regions[texels.row, texels.column, 0])) == {0, 1}
