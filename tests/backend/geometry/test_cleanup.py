"""Clean-up removes small components, cavities and slivers, and leaves the surface where it was."""

import igl
import numpy as np
import pytest
from implicit_shapes import beast, capsules, is_closed, sphere
from scipy.spatial.transform import Rotation
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.cleanup import clean_mesh, orient_outward
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_properties import component_volumes

BODY = ((0, -0.5, 0), (0, 0.5, 0), 0.25)
EYE = ((0.3, -0.6, 0.3), (0.3, -0.6, 0.3), 0.04)
TINY = ((0.3, 0.5, -0.8), (0.3, 0.5, -0.8), 0.02)


def min_edge_ratio(vertices, faces):
    length = np.linalg.norm(vertices[faces] - vertices[np.roll(faces, 1, axis=1)], axis=2)
    return length.min() / np.median(length)


def rotated(field):
    rotation = Rotation.from_rotvec([0.3, 0.5, 0.2]).as_matrix()
    return lambda p: field((p.astype(np.float64) @ rotation).astype(np.float32))


def test_tiny_components_are_removed_and_eyes_stay():
    surface = extract_surface(capsules(BODY, EYE, TINY), 128)
    assert len(component_volumes(surface.vertices, surface.faces)[1]) == 3
    mesh = clean_mesh(surface.vertices, surface.faces)
    _, volumes = component_volumes(mesh.vertices, mesh.faces)
    assert len(volumes) == 2
    assert volumes.min() == pytest.approx(4 / 3 * np.pi * 0.04**3, rel=0.1)
    assert (np.linalg.norm(mesh.vertices - TINY[0], axis=1) > 0.1).all()


def balls(*centres):
    """Distance field of balls along x, the first one the largest."""
    radii = [0.3] + [0.1] * (len(centres) - 1)
    return lambda p: np.min(
        [np.linalg.norm(p - (x, 0, 0), axis=1) - r for x, r in zip(centres, radii, strict=True)], axis=0
    )


@pytest.mark.parametrize(
    ("centres", "expected"),
    [((-0.5, -0.08), 2), ((-0.5, 0.2), 1), ((-0.5, -0.08, 0.14), 3), ((-0.5, 0.2, 0.42), 1)],
    ids=["near", "far", "a chain", "a far pair"],
)
def test_components_beyond_the_gap_are_removed(centres, expected):
    surface = extract_surface(balls(*centres), 128)
    assert len(component_volumes(*clean_mesh(surface.vertices, surface.faces)[:2])[1]) == len(centres)
    kept = clean_mesh(surface.vertices, surface.faces, max_gap=0.03)
    assert len(component_volumes(kept.vertices, kept.faces)[1]) == expected
    assert (kept.vertex_map >= 0).sum() >= len(kept.vertices)


def test_cavities_are_removed():
    surface = extract_surface(lambda p: np.maximum(sphere(0.7)(p), -sphere(0.4)(p)), 64)
    assert len(component_volumes(surface.vertices, surface.faces)[1]) == 2
    mesh = clean_mesh(surface.vertices, surface.faces)
    assert np.linalg.norm(mesh.vertices, axis=1).min() > 0.65


def test_slivers_are_collapsed_without_changing_surface_or_topology():
    surface = extract_surface(rotated(beast()), 128)
    mesh = clean_mesh(surface.vertices, surface.faces)
    assert is_closed(mesh.faces)
    assert len(mesh.vertices) - len(mesh.faces) / 2 == 2  # Euler characteristic of a sphere
    assert len(mesh.vertices) < 0.85 * len(surface.vertices)
    before = np.quantile(_angles(surface.vertices, surface.faces), 0.01)
    after = np.quantile(_angles(mesh.vertices, mesh.faces), 0.01)
    assert after > 4 * before
    near = igl.point_mesh_squared_distance(
        surface.vertices.astype(float), mesh.vertices.astype(float), mesh.faces.astype(np.int64)
    )[0]
    assert np.sqrt(near.max()) < 0.3 * 2 / 128
    assert np.sqrt(near).mean() < 0.01 * 2 / 128


def _angles(vertices, faces):
    """Smallest angle of each face, degrees."""
    corner = vertices[faces].astype(float)
    sides = np.stack([np.linalg.norm(corner[:, i] - corner[:, i - 1], axis=1) for i in range(3)], axis=1)
    a, b, c = np.sort(sides, axis=1).T
    cosine = (b**2 + c**2 - a**2) / np.maximum(2 * b * c, 1e-30)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def test_vertex_map_names_the_new_vertex():
    surface = extract_surface(capsules(BODY, TINY), 64)
    mesh = clean_mesh(surface.vertices, surface.faces)
    tiny = np.linalg.norm(surface.vertices - TINY[0], axis=1) < 0.1
    assert (mesh.vertex_map[tiny] == -1).all()
    kept = ~tiny
    assert (mesh.vertex_map[kept] >= 0).all()
    moved = np.linalg.norm(mesh.vertices[mesh.vertex_map[kept]] - surface.vertices[kept], axis=1)
    assert moved.max() < 2 * 2 / 64
    assert (np.bincount(mesh.vertex_map[kept], minlength=len(mesh.vertices)) > 0).all()
    plain = clean_mesh(surface.vertices, surface.faces, min_edge=0)
    np.testing.assert_array_equal(plain.vertices[plain.vertex_map[kept]], surface.vertices[kept])


def test_face_budget_is_met():
    surface = extract_surface(beast(), 96)
    mesh = clean_mesh(surface.vertices, surface.faces, max_faces=4000)
    assert 3000 < len(mesh.faces) <= 4000
    assert is_closed(mesh.faces)
    assert np.abs(beast()(mesh.vertices)).max() < 2 / 96
    assert mesh.vertex_map.min() >= 0


def test_faces_are_oriented_outward():
    surface = extract_surface(sphere(), 32)
    inward = surface.faces[:, ::-1]
    np.testing.assert_array_equal(np.sort(orient_outward(surface.vertices, inward)), np.sort(surface.faces))
    assert component_volumes(surface.vertices, orient_outward(surface.vertices, inward))[1].sum() > 0
    mixed = surface.faces.copy()
    mixed[::3] = mixed[::3, ::-1]
    assert is_closed(orient_outward(surface.vertices, mixed))
    assert component_volumes(surface.vertices, orient_outward(surface.vertices, mixed))[1].sum() > 0


def test_degenerate_faces_and_unreferenced_vertices_are_removed():
    surface = extract_surface(sphere(), 32)
    vertices = np.concatenate([surface.vertices, [[0, 0, 5]]])
    faces = np.concatenate([surface.faces, [[3, 3, 4]]])
    mesh = clean_mesh(vertices, faces)
    assert is_closed(mesh.faces)
    assert len(np.unique(mesh.faces)) == len(mesh.vertices)
    assert mesh.vertex_map[-1] == -1


def test_coincident_vertices_are_merged():
    """A surface through grid corners gives coincident vertices and faces without area."""
    surface = extract_surface(lambda p: np.abs(p).max(axis=1) - np.float32(0.5), 32)
    mesh = clean_mesh(surface.vertices, surface.faces)
    assert is_closed(mesh.faces)
    assert min_edge_ratio(mesh.vertices, mesh.faces) > 0.05
    assert component_volumes(mesh.vertices, mesh.faces)[1].sum() == pytest.approx(1, rel=1e-3)


def test_tetrahedron_is_kept_and_empty_mesh_is_an_error():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1e-3]], dtype=np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    assert len(clean_mesh(vertices, faces).faces) == 4
    with pytest.raises(ZoetropeError, match="empty"):
        clean_mesh(vertices, faces[:0])
