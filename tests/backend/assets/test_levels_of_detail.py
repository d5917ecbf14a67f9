"""Levels of detail share the vertices of the level above."""

import numpy as np
import pytest
from implicit_shapes import is_closed
from surfaces import SHAPES, full_surface, with_gradient
from zoetrope.assets.features import euler_characteristic
from zoetrope.assets.levels_of_detail import levels_of_detail
from zoetrope.assets.low_poly import make_low_poly
from zoetrope.assets.uv import unwrap
from zoetrope.geometry.mesh_level import LEVEL_SHARES, MAX_LEVELS
from zoetrope.geometry.texture_vertices import texture_vertices


@pytest.fixture(scope="module", params=["sphere", "torus", "beast"])
def mesh(request):
    made = make_low_poly(*full_surface(request.param), 3000, with_gradient(SHAPES[request.param]))
    return request.param, made.vertices, made.faces, unwrap(made.vertices, made.faces, 512)


def test_levels_are_nested_closed_and_near_their_shares(mesh):
    name, vertices, faces, uvs = mesh
    levels = levels_of_detail(vertices, faces, uvs)
    assert len(levels) == MAX_LEVELS
    finer = set(range(len(vertices)))
    for coarser, share in zip(levels, LEVEL_SHARES, strict=True):
        assert set(coarser.vertices) < finer
        finer = set(coarser.vertices)
        assert len(coarser.faces) <= 1.05 * share * len(faces)
        assert is_closed(coarser.faces)
        assert euler_characteristic(coarser.faces) == euler_characteristic(faces)
        assert np.unique(coarser.faces).tolist() == list(range(len(coarser.vertices)))
        centres = vertices[coarser.vertices][coarser.faces].mean(axis=1)
        assert np.quantile(np.abs(SHAPES[name](centres)), 0.95) < 0.02


def test_texture_coordinates_of_a_level_are_those_of_its_vertices(mesh):
    _, vertices, faces, uvs = mesh
    _, vertex, coordinates = texture_vertices(faces, uvs)
    known = {(int(v), *c.tolist()) for v, c in zip(vertex, coordinates, strict=True)}
    for level in levels_of_detail(vertices, faces, uvs):
        corners = level.vertices[level.faces].ravel()
        rows = zip(corners, level.uvs.reshape(-1, 2), strict=True)
        assert all((int(v), *c.tolist()) in known for v, c in rows)
        one, other = level.uvs[:, 1] - level.uvs[:, 0], level.uvs[:, 2] - level.uvs[:, 0]
        assert (one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0] > 0).all()


def test_levels_without_texture_coordinates(mesh):
    _, vertices, faces, _ = mesh
    (level,) = levels_of_detail(vertices, faces, shares=(0.3,))
    assert level.uvs is None
    assert len(level.faces) <= 0.31 * len(faces)
