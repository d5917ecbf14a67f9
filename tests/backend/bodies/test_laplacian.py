"""Diffusion of values over a mesh: the heat equation's mean and range, whatever the mesh's density."""

import numpy as np
import pytest
import trimesh
from zoetrope.bodies.laplacian import diffuse, weighted_edges
from zoetrope.geometry.mesh_properties import vertex_areas

NO_LINKS = np.zeros((0, 2), int)


def sphere(subdivisions):
    mesh = trimesh.creation.icosphere(subdivisions)
    return np.asarray(mesh.vertices), np.asarray(mesh.faces)


@pytest.mark.parametrize("subdivisions", [3, 5])
def test_a_spherical_harmonic_decays_as_the_heat_equation_says(subdivisions):
    vertices, faces = sphere(subdivisions)
    length = 0.4
    smoothed = diffuse(vertices[:, 2:], vertices, faces, NO_LINKS, length)
    # z is an eigenfunction of the sphere's Laplacian with eigenvalue 2; one implicit step
    assert smoothed == pytest.approx(vertices[:, 2:] / (1 + 2 * length**2), abs=0.02)


def test_mean_over_the_area_and_range_are_kept():
    vertices, faces = sphere(3)
    values = np.random.default_rng(0).random((len(vertices), 2))
    smoothed = diffuse(values, vertices, faces, NO_LINKS, 0.3)
    area = vertex_areas(vertices, faces)
    assert area @ smoothed == pytest.approx(area @ values)
    assert (smoothed.min(axis=0) >= values.min(axis=0)).all()
    assert (smoothed.max(axis=0) <= values.max(axis=0)).all()


def test_links_carry_values_between_loose_parts():
    vertices, faces = sphere(2)
    count = len(vertices)
    two = np.concatenate([vertices, vertices + [3.0, 0, 0]])
    both = np.concatenate([faces, faces + count])
    values = np.repeat([[0.0], [1.0]], count, axis=0)
    apart = diffuse(values, two, both, NO_LINKS, 1.0)
    linked = diffuse(values, two, both, np.array([[0, count]]), 1.0)
    assert apart == pytest.approx(values)
    assert linked[:count].mean() > 0.05


def test_vertices_without_faces_and_slivers_have_finite_weights():
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 1, 0], [5, 5, 5]])
    faces = np.array([[0, 1, 3], [0, 1, 2]])
    edges, weights = weighted_edges(vertices, faces, NO_LINKS)
    assert np.isfinite(weights).all()
    assert (weights > 0).all()
    assert edges.max() <= 3
    assert np.isfinite(diffuse(np.eye(5), vertices, faces, NO_LINKS, 0.1)).all()
