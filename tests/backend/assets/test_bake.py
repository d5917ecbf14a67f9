"""Baked textures: colours at their points, normals of the full surface."""

import io

import numpy as np
import pytest
from PIL import Image
from surfaces import SHAPES, full_surface, with_gradient
from zoetrope.assets.bake import MARGIN, bake
from zoetrope.assets.low_poly import make_low_poly
from zoetrope.assets.texels import MarginFill, Texels, rasterise
from zoetrope.assets.uv import unwrap
from zoetrope.errors import Cancelled
from zoetrope.geometry.mesh_properties import angle_weighted_normals
from zoetrope.geometry.tangents import corner_tangents

SIZE = 512


def stripes(points):
    """Hard stripes over a smooth gradient."""
    striped = np.floor(8 * points[:, 2]) % 2
    return np.stack([striped, 0.5 + 0.5 * points[:, 0], 0.2 + 0 * striped], axis=1)


@pytest.fixture(scope="module")
def baked():
    full = full_surface("bumpy_sphere", 128)
    made = make_low_poly(*full, 2000, with_gradient(SHAPES["bumpy_sphere"]))
    uvs = unwrap(made.vertices, made.faces, SIZE)
    textures = bake(made.vertices, made.faces, uvs, full, stripes, SIZE)
    return made, uvs, full, textures


def pixels(png):
    image = Image.open(io.BytesIO(png.tobytes()))
    assert image.format == "PNG"
    return np.asarray(image.convert("RGB"), np.float64) / 255


def positions(made, texels):
    return np.einsum("nc,ncx->nx", texels.weights, made.vertices[made.faces[texels.face]].astype(float))


def on_surface(points):
    """Newton steps onto the bumpy sphere."""
    for _ in range(4):
        value, gradient = with_gradient(SHAPES["bumpy_sphere"])(points)
        points = points - value[:, None] * gradient / (gradient**2).sum(1, keepdims=True)
    return points


def test_texels_have_the_colour_of_the_surface_point_that_they_show(baked):
    made, uvs, _, textures = baked
    image, texels = pixels(textures.base_colour), rasterise(uvs, SIZE)
    assert image.shape == (SIZE, SIZE, 3)
    points = on_surface(positions(made, texels))
    shown, wanted = image[texels.row, texels.column], stripes(points)
    away = np.abs(8 * points[:, 2] - np.round(8 * points[:, 2])) > 0.05  # from the edge of a stripe
    assert np.abs(shown - wanted)[away].max() < 0.02
    assert (np.abs(shown - wanted)[:, 0] > 0.1).mean() < 0.05


def test_normal_map_gives_the_normals_of_the_full_surface(baked):
    made, uvs, _, textures = baked
    texels = rasterise(uvs, SIZE)
    local = 2 * pixels(textures.normal_map)[texels.row, texels.column] - 1
    vertex_normals = angle_weighted_normals(made.vertices, made.faces)
    tangents, sign = corner_tangents(made.vertices, vertex_normals, made.faces, uvs)
    normal = np.einsum("nc,ncx->nx", texels.weights, vertex_normals[made.faces[texels.face]])
    tangent = np.einsum("nc,ncx->nx", texels.weights, tangents[texels.face])
    bitangent = sign[texels.face, None] * np.cross(normal, tangent)
    shaded = local[:, :1] * tangent + local[:, 1:2] * bitangent + local[:, 2:] * normal
    _, truth = with_gradient(SHAPES["bumpy_sphere"])(on_surface(positions(made, texels)))
    assert angles(shaded, truth).mean() < 2.5
    assert np.quantile(angles(shaded, truth), 0.99) < 8
    assert angles(normal, truth).mean() > 1.5 * angles(shaded, truth).mean()


def angles(one, other):
    cosine = (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def test_margins_continue_the_charts(baked):
    _, uvs, _, textures = baked
    image, texels = pixels(textures.base_colour), rasterise(uvs, SIZE)
    inside = np.zeros((SIZE, SIZE), bool)
    inside[texels.row, texels.column] = True
    for step in range(1, 5):
        beside = inside[:, :-step] & ~inside[:, step:]
        assert beside.any()
        across = np.abs(image[:, step:, 1] - image[:, :-step, 1])[beside]
        assert np.quantile(across, 0.95) < 0.05  # the mean colour of all would differ by up to 0.3
    assert MARGIN >= 4


def test_margin_takes_the_nearest_texel_and_the_mean_beyond():
    texels = Texels(np.array([8]), np.array([8]), np.array([0]), np.ones((1, 3)), 32)
    image = MarginFill(texels, 4).image(np.array([[9, 8, 7]], np.uint8))
    assert (image[4:13, 4:13] == [9, 8, 7]).all()
    two = Texels(np.array([8, 8]), np.array([2, 29]), np.zeros(2, int), np.ones((2, 3)), 32)
    image = MarginFill(two, 4).image(np.array([[0, 0, 0], [100, 100, 100]], np.uint8))
    assert image[8, 6, 0] == 0
    assert image[8, 25, 0] == 100
    assert image[8, 16, 0] == 50


def test_tangents_of_a_plane_follow_u():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    uvs = np.array([[0, 0], [0, 1], [-1, 1], [-1, 0]], np.float32)[faces]  # u along -y, v along x
    normals = angle_weighted_normals(vertices, faces)
    tangents, sign = corner_tangents(vertices, normals, faces, uvs)
    np.testing.assert_allclose(tangents, np.broadcast_to([0, -1, 0], tangents.shape), atol=1e-12)
    np.testing.assert_allclose(sign * np.cross(normals[0], [0, -1, 0])[0], 1)
    mirrored, flipped = corner_tangents(vertices, normals, faces, uvs * [-1, 1])
    np.testing.assert_allclose(mirrored, -tangents, atol=1e-12)
    np.testing.assert_array_equal(flipped, -sign)


def test_rasterised_texels_interpolate_their_corners():
    uvs = np.array([[[0.1, 0.1], [0.9, 0.2], [0.3, 0.8]]], np.float32)
    texels = rasterise(uvs, 64)
    u, v = (texels.column + 0.5) / 64, 1 - (texels.row + 0.5) / 64
    np.testing.assert_allclose(texels.weights @ uvs[0], np.stack([u, v], axis=1), atol=1e-3)
    one, other = uvs[0, 1] - uvs[0, 0], uvs[0, 2] - uvs[0, 0]
    area = (one[0] * other[1] - one[1] * other[0]) / 2
    assert len(u) == pytest.approx(area * 64**2, rel=0.02)


def test_baking_can_be_cancelled(baked):
    made, uvs, full, _ = baked

    def cancel(step, _):
        if step == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        bake(made.vertices, made.faces, uvs, full, stripes, SIZE, cancel)
