"""Edges of small meshes with their half-edges."""

import numpy as np
from zoetrope.geometry.edge_table import edge_table
from zoetrope.geometry.mesh_properties import unique_edges

SQUARE = np.array([[0, 1, 2], [2, 1, 3]], np.int32)
"""Two faces that share the edge from 1 to 2."""


def test_edges_are_ascending_and_each_is_there_once():
    rng = np.random.default_rng(0)
    faces = np.array([rng.permutation(20)[:3] for _ in range(60)])
    table = edge_table(faces, 20)
    assert np.array_equal(table.ends, unique_edges(faces))
    assert np.array_equal(table.keys, table.ends @ [20, 1])
    assert table.uses.sum() == 3 * len(faces)


def test_halves_run_along_their_edge_in_both_faces():
    table = edge_table(SQUARE, 4)
    (shared,) = np.flatnonzero(table.uses == 2)
    assert table.ends[shared].tolist() == [1, 2]
    corner, face = np.divmod(table.halves[shared], len(SQUARE))
    assert sorted(face) == [0, 1]
    starts, ends = SQUARE[face, corner], SQUARE[face, (corner + 1) % 3]
    assert starts.tolist() == ends[::-1].tolist()
    assert set(starts) == {1, 2}


def test_a_boundary_edge_has_one_half_edge():
    table = edge_table(SQUARE, 5)
    alone = table.uses == 1
    assert alone.sum() == 4
    assert (table.halves[alone, 0] == table.halves[alone, 1]).all()
    assert table.boundary(5).tolist() == [True, True, True, True, False]
    assert table.valence(5).tolist() == [2, 3, 3, 2, 0]
