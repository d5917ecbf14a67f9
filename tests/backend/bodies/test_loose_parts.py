"""Loose parts are found, and linked to their nearest neighbours until all hang together."""

import numpy as np
import trimesh
from zoetrope.bodies.loose_parts import link_parts
from zoetrope.geometry.mesh_properties import vertex_components


def boxes(*places):
    """Unit cubes at places along X."""
    parts = [trimesh.creation.box(bounds=[[x, 0, 0], [x + 1, 1, 1]]) for x in places]
    mesh = trimesh.util.concatenate(parts)
    return np.asarray(mesh.vertices), np.asarray(mesh.faces)


def test_one_part_has_no_links():
    vertices, faces = boxes(0.0)
    parts = vertex_components(faces, len(vertices))
    assert parts.max() == 0
    assert link_parts(vertices, parts).shape == (0, 2)


def test_parts_in_a_row_are_linked_to_their_neighbours_alone():
    vertices, faces = boxes(0.0, 1.5, 4.0, 4.9)
    parts = vertex_components(faces, len(vertices))
    assert parts.max() == 3
    joined = {tuple(sorted(pair)) for pair in parts[link_parts(vertices, parts)].tolist()}
    assert joined == {(0, 1), (1, 2), (2, 3)}


def test_links_join_the_nearest_vertices():
    vertices, faces = boxes(0.0, 1.5)
    links = link_parts(vertices, vertex_components(faces, len(vertices)))
    length = np.linalg.norm(vertices[links[:, 0]] - vertices[links[:, 1]], axis=1)
    assert len(links) == 4
    assert np.allclose(length, 0.5)


def test_many_small_parts_hang_together():
    rng = np.random.default_rng(0)
    centres = rng.uniform(-1, 1, (300, 3))
    corners = np.array([[0, 0, 0], [0.01, 0, 0], [0, 0.01, 0]])
    vertices = (centres[:, None] + corners).reshape(-1, 3)
    faces = np.arange(900).reshape(-1, 3)
    parts = vertex_components(faces, 900)
    links = link_parts(vertices, parts)
    edges = np.concatenate([faces[:, [0, 1, 1, 2]].reshape(-1, 2), links])
    assert vertex_components(np.column_stack([edges, edges[:, :1]]), 900).max() == 0


def test_all_vertices_at_one_place_are_no_trouble():
    parts = np.array([0, 1, 2])
    assert len(link_parts(np.zeros((3, 3)), parts)) == 2
