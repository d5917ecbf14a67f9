"""Texture coordinates."""

import numpy as np
import pytest
from surfaces import SHAPES, full_surface, with_gradient
from zoetrope.assets.low_poly import make_low_poly
from zoetrope.assets.texels import rasterise
from zoetrope.assets.uv import PADDING, unwrap
from zoetrope.geometry.mesh_properties import face_components
from zoetrope.geometry.texture_vertices import texture_vertices

SIZE = 512


@pytest.fixture(scope="module", params=["sphere", "torus", "beast"])
def mesh(request):
    made = make_low_poly(*full_surface(request.param), 2000, with_gradient(SHAPES[request.param]))
    return made.vertices, made.faces, unwrap(made.vertices, made.faces, SIZE)


def charts(faces, uvs):
    corners, vertex, _ = texture_vertices(faces, uvs)
    return face_components(corners, len(vertex))


def test_coordinates_are_inside_the_texture_and_not_mirrored(mesh):
    _, faces, uvs = mesh
    assert uvs.shape == (*faces.shape, 2)
    assert uvs.dtype == np.float32
    assert uvs.min() >= 0
    assert uvs.max() <= 1
    one, other = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    area = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    assert (area > 0).all()
    assert area.sum() / 2 > 0.4


def test_faces_do_not_overlap(mesh):
    _, _, uvs = mesh
    fine = 4 * SIZE
    one, other = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    area = np.abs(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]).sum() / 2
    assert len(rasterise(uvs, fine).row) / fine**2 == pytest.approx(area, rel=0.01)


def test_charts_keep_their_distance(mesh):
    _, faces, uvs = mesh
    chart = charts(faces, uvs)
    texels = rasterise(uvs, SIZE)
    image = np.full((SIZE, SIZE), -1)
    image[texels.row, texels.column] = chart[texels.face]
    for step in range(1, PADDING + 1):
        for near, far in ((image[step:], image[:-step]), (image[:, step:], image[:, :-step])):
            both = (near >= 0) & (far >= 0)
            assert (near[both] == far[both]).mean() > 0.9999


def test_lengths_are_kept_up_to_a_scale(mesh):
    vertices, faces, uvs = mesh
    length = np.linalg.norm(vertices[faces] - vertices[np.roll(faces, 1, axis=1)], axis=-1)
    flat = np.linalg.norm(uvs - np.roll(uvs, 1, axis=1), axis=-1)
    ratio = flat / length
    assert np.quantile(ratio, 0.98) / np.quantile(ratio, 0.02) < 1.6


def test_the_same_mesh_gets_the_same_coordinates(mesh):
    vertices, faces, uvs = mesh
    np.testing.assert_array_equal(unwrap(vertices, faces, SIZE), uvs)


def test_texture_vertices_are_shared_inside_a_chart_and_split_at_seams():
    faces = np.array([[0, 1, 2], [2, 1, 3]])
    joined = np.array([[[0, 0], [1, 0], [0, 1]], [[0, 1], [1, 0], [1, 1]]], np.float32)
    corners, vertex, coordinates = texture_vertices(faces, joined)
    assert len(vertex) == 4
    np.testing.assert_array_equal(vertex[corners], faces)
    np.testing.assert_array_equal(coordinates[corners], joined)
    cut = joined.copy()
    cut[1] += 2
    assert len(texture_vertices(faces, cut)[1]) == 6
