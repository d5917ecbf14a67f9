"""The subset of vertices that stands for a mesh."""

import numpy as np
import pytest
import trimesh
from zoetrope.rigs.decomposition.coarse_mesh import coarsen


@pytest.fixture(scope="module")
def sphere():
    return trimesh.creation.icosphere(subdivisions=4)


def test_a_small_mesh_stays_as_it_is(sphere):
    coarse = coarsen(sphere.vertices, sphere.faces, len(sphere.vertices))
    assert np.array_equal(coarse.vertices, np.arange(len(sphere.vertices)))
    assert np.array_equal(coarse.faces, sphere.faces)


def test_a_closed_surface_stays_closed(sphere):
    coarse = coarsen(sphere.vertices, sphere.faces, 200)
    assert len(coarse.vertices) == 200
    mesh = trimesh.Trimesh(sphere.vertices[coarse.vertices], coarse.faces, process=False)
    assert mesh.euler_number == 2
    assert mesh.volume == pytest.approx(sphere.volume, rel=0.1)


def test_positions_are_interpolated(sphere):
    coarse = coarsen(sphere.vertices, sphere.faces, 200)
    carried = coarse.interpolation @ sphere.vertices[coarse.vertices]
    spacing = np.sqrt(sphere.area / 200)
    assert np.linalg.norm(carried - sphere.vertices, axis=1).max() < 0.6 * spacing
    assert np.allclose(carried[coarse.vertices], sphere.vertices[coarse.vertices], atol=1e-3)
    assert np.allclose(coarse.interpolation.sum(axis=1), 1.0)


def test_parts_that_are_near_each_other_do_not_mix(sphere):
    shift = [2.02, 0.0, 0.0]
    vertices = np.vstack([sphere.vertices, sphere.vertices + shift])
    faces = np.vstack([sphere.faces, sphere.faces + len(sphere.vertices)])
    coarse = coarsen(vertices, faces, 300)
    second = coarse.vertices >= len(sphere.vertices)
    assert 100 < second.sum() < 200
    share = coarse.interpolation @ second.astype(float)
    assert not share[: len(sphere.vertices)].any()
    assert np.allclose(share[len(sphere.vertices) :], 1.0)


def test_each_loose_part_keeps_a_vertex():
    small = trimesh.creation.icosphere(subdivisions=1, radius=0.01)
    count = len(small.vertices)
    vertices = np.vstack([small.vertices + [i, 0, 0] for i in range(100)])
    faces = np.vstack([small.faces + i * count for i in range(100)])
    coarse = coarsen(vertices, faces, 120)
    assert set(coarse.vertices // count) == set(range(100))


def test_vertices_without_faces_and_non_manifold_edges_are_no_trouble(sphere):
    fin = np.array([[sphere.faces[0, 0], sphere.faces[0, 1], len(sphere.vertices)]])
    vertices = np.vstack([sphere.vertices, [2.0, 0.0, 0.0], [0.0, 3.0, 0.0]])
    coarse = coarsen(vertices, np.vstack([sphere.faces, fin]), 150)
    assert np.allclose(coarse.interpolation.sum(axis=1), 1.0)
