"""Edges, stretch, areas and volumes of simple meshes."""

import numpy as np
import pytest
import trimesh
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_properties import (
    component_volumes,
    edge_stretch,
    face_normals_and_areas,
    unique_edges,
    vertex_areas,
    vertex_normals,
)

TETRAHEDRON = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=float)
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])


def test_unique_edges():
    assert {tuple(edge) for edge in unique_edges(FACES).tolist()} == {
        (0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)
    }  # fmt: skip
    assert len(unique_edges(FACES)) == 6


@pytest.mark.parametrize("factor", [3.0, 1 / 3])
def test_stretching_and_shrinking_count_alike(factor):
    frames = np.stack([TETRAHEDRON, factor * TETRAHEDRON])
    assert edge_stretch(TETRAHEDRON, unique_edges(FACES), frames) == pytest.approx(3)


def test_stretch_is_a_quantile():
    surface = extract_surface(ProceduralCreature(0).sdf, 32)
    rest, edges = surface.vertices.astype(float), unique_edges(surface.faces)
    torn = rest.copy()
    torn[0] += 10
    assert edge_stretch(rest, edges, torn[None]) == pytest.approx(1)
    assert edge_stretch(rest, edges, torn[None], quantile=1.0) > 100


def test_normals_and_areas_equal_those_of_trimesh():
    mesh = trimesh.creation.icosphere(2)
    normals, areas = face_normals_and_areas(mesh.vertices.view(np.ndarray), mesh.faces)
    np.testing.assert_allclose(normals, mesh.face_normals, atol=1e-9)
    np.testing.assert_allclose(areas, mesh.area_faces)
    weights = vertex_areas(mesh.vertices.view(np.ndarray), mesh.faces)
    assert weights.sum() == pytest.approx(1)
    radial = vertex_normals(mesh.vertices.view(np.ndarray), mesh.faces)
    np.testing.assert_allclose(radial, mesh.vertices, atol=0.03)


def test_component_volumes_are_signed():
    vertices = np.concatenate([TETRAHEDRON, 2 * TETRAHEDRON + 5, [[9.0, 9, 9]]])
    component, volumes = component_volumes(vertices, np.concatenate([FACES, FACES[:, ::-1] + 4]))
    assert component.tolist() == [0] * 4 + [1] * 4 + [2]
    assert volumes == pytest.approx([1 / 6, -8 / 6, 0])
