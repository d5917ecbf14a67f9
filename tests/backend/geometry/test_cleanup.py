"""Clean-up: what goes, what stays, and that the surface stays where it was."""

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
CRUMB = ((0.3, 0.5, -0.8), (0.3, 0.5, -0.8), 0.02)


def shortest(vertices, faces):
    length = np.linalg.norm(vertices[faces] - vertices[np.roll(faces, 1, axis=1)], axis=2)
    return length.min() / np.median(length)


def tilted(field):
    turn = Rotation.from_rotvec([0.3, 0.5, 0.2]).as_matrix()
    return lambda p: field((p.astype(np.float64) @ turn).astype(np.float32))


def test_crumbs_go_and_eyes_stay():
    surface = extract_surface(capsules(BODY, EYE, CRUMB), 128)
    assert len(component_volumes(surface.vertices, surface.faces)[1]) == 3
    mesh = clean_mesh(surface.vertices, surface.faces)
    _, volumes = component_volumes(mesh.vertices, mesh.faces)
    assert len(volumes) == 2
    assert volumes.min() == pytest.approx(4 / 3 * np.pi * 0.04**3, rel=0.1)
    assert (np.linalg.norm(mesh.vertices - CRUMB[0], axis=1) > 0.1).all()


def balls(*centres):
    """Balls along x, the first the largest."""
    radii = [0.3] + [0.1] * (len(centres) - 1)
    return lambda p: np.min(
        [np.linalg.norm(p - (x, 0, 0), axis=1) - r for x, r in zip(centres, radii, strict=True)], axis=0
    )


@pytest.mark.parametrize(
    ("centres", "left"),
    [((-0.5, -0.08), 2), ((-0.5, 0.2), 1), ((-0.5, -0.08, 0.14), 3), ((-0.5, 0.2, 0.42), 1)],
    ids=["near", "far", "a chain", "a far pair"],
)
def test_what_floats_far_off_goes(centres, left):
    surface = extract_surface(balls(*centres), 128)
    assert len(component_volumes(*clean_mesh(surface.vertices, surface.faces)[:2])[1]) == len(centres)
    kept = clean_mesh(surface.vertices, surface.faces, max_gap=0.03)
    assert len(component_volumes(kept.vertices, kept.faces)[1]) == left
    assert (kept.became >= 0).sum() >= len(kept.vertices)


def test_cavities_go():
    surface = extract_surface(lambda p: np.maximum(sphere(0.7)(p), -sphere(0.4)(p)), 64)
    assert len(component_volumes(surface.vertices, surface.faces)[1]) == 2
    mesh = clean_mesh(surface.vertices, surface.faces)
    assert np.linalg.norm(mesh.vertices, axis=1).min() > 0.65


def test_no_slivers_same_surface_same_topology():
    surface = extract_surface(tilted(beast()), 128)
    mesh = clean_mesh(surface.vertices, surface.faces)
    assert is_closed(mesh.faces)
    assert len(mesh.vertices) - len(mesh.faces) / 2 == 2  # Euler: one closed piece without handles
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


def test_index_map():
    surface = extract_surface(capsules(BODY, CRUMB), 64)
    mesh = clean_mesh(surface.vertices, surface.faces)
    crumb = np.linalg.norm(surface.vertices - CRUMB[0], axis=1) < 0.1
    assert (mesh.became[crumb] == -1).all()
    kept = ~crumb
    assert (mesh.became[kept] >= 0).all()
    moved = np.linalg.norm(mesh.vertices[mesh.became[kept]] - surface.vertices[kept], axis=1)
    assert moved.max() < 2 * 2 / 64
    assert (np.bincount(mesh.became[kept], minlength=len(mesh.vertices)) > 0).all()
    plain = clean_mesh(surface.vertices, surface.faces, shortest_edge=0)
    np.testing.assert_array_equal(plain.vertices[plain.became[kept]], surface.vertices[kept])


def test_face_budget():
    surface = extract_surface(beast(), 96)
    mesh = clean_mesh(surface.vertices, surface.faces, max_faces=4000)
    assert 3000 < len(mesh.faces) <= 4000
    assert is_closed(mesh.faces)
    assert np.abs(beast()(mesh.vertices)).max() < 2 / 96
    assert mesh.became.min() >= 0


def test_faces_are_turned_outward():
    surface = extract_surface(sphere(), 32)
    inward = surface.faces[:, ::-1]
    np.testing.assert_array_equal(np.sort(orient_outward(surface.vertices, inward)), np.sort(surface.faces))
    assert component_volumes(surface.vertices, orient_outward(surface.vertices, inward))[1].sum() > 0
    mixed = surface.faces.copy()
    mixed[::3] = mixed[::3, ::-1]
    assert is_closed(orient_outward(surface.vertices, mixed))
    assert component_volumes(surface.vertices, orient_outward(surface.vertices, mixed))[1].sum() > 0


def test_degenerate_faces_and_loose_vertices_go():
    surface = extract_surface(sphere(), 32)
    vertices = np.concatenate([surface.vertices, [[0, 0, 5]]])
    faces = np.concatenate([surface.faces, [[3, 3, 4]]])
    mesh = clean_mesh(vertices, faces)
    assert is_closed(mesh.faces)
    assert len(np.unique(mesh.faces)) == len(mesh.vertices)
    assert mesh.became[-1] == -1


def test_zero_at_grid_corners():
    """A surface through grid corners gives coincident vertices and faces without area: all go."""
    surface = extract_surface(lambda p: np.abs(p).max(axis=1) - np.float32(0.5), 32)
    mesh = clean_mesh(surface.vertices, surface.faces)
    assert is_closed(mesh.faces)
    assert shortest(mesh.vertices, mesh.faces) > 0.05
    assert component_volumes(mesh.vertices, mesh.faces)[1].sum() == pytest.approx(1, rel=1e-3)


def test_tetrahedra_and_empty_meshes():
    """The smallest closed surface cannot be collapsed; no faces at all is an error for people."""
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1e-3]], dtype=np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    assert len(clean_mesh(vertices, faces).faces) == 4
    with pytest.raises(ZoetropeError, match="empty"):
        clean_mesh(vertices, faces[:0])
