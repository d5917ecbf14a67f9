"""Edge flips towards a Delaunay triangulation of a surface."""

from typing import NamedTuple

import numpy as np

from zoetrope.geometry.edge_table import EdgeTable, edge_table
from zoetrope.geometry.mesh_properties import face_normals_and_areas

MAX_ROUNDS = 12
"""Each round flips a set of edges that share no vertex and no opposite vertex."""
MIN_ANGLE_EXCESS = 0.05
"""Radians above pi of the two angles opposite an edge, from which it is flipped."""
MIN_COSINE = 0.85
"""Between the normals of an edge's two faces, before and after: sharper edges are features and stay."""
MIN_VALENCE = 3
"""Fewest neighbours that the ends of a flipped edge are left with."""


def flip_edges(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Flip edges whose opposite angles add up to more than pi, where the surface stays manifold and even.

    Parameters
    ----------
    vertices : (V, 3) float
    faces : (F, 3) int
        Manifold, wound consistently.

    Returns
    -------
    (F, 3) int64
    """
    points, faces = vertices.astype(np.float64), faces.astype(np.int64).copy()
    for _ in range(MAX_ROUNDS):
        table = edge_table(faces, len(points))
        bent = _bent_edges(points, faces, table)
        bent = bent.where(_may_flip(points, faces, table, bent))
        flips = bent.where(_independent(bent, len(points)))
        if not len(flips.ends):
            break
        (a, b), (c, d) = flips.ends.T, flips.opposite.T
        faces[flips.faces[:, 0]] = np.stack([c, a, d], axis=1)
        faces[flips.faces[:, 1]] = np.stack([d, b, c], axis=1)
    return faces


class _Edges(NamedTuple):
    """Edges between two faces.

    faces : (N, 2) int.
    ends : (N, 2) int, vertices, in the order of the first face.
    opposite : (N, 2) int, the first and the second face's vertex off the edge.
    """

    faces: np.ndarray
    ends: np.ndarray
    opposite: np.ndarray

    def where(self, chosen: np.ndarray) -> "_Edges":
        """Return the edges of a mask or of indices."""
        return _Edges(*(one[chosen] for one in self))


def _bent_edges(points: np.ndarray, faces: np.ndarray, table: EdgeTable) -> _Edges:
    """Return the edges whose two opposite angles add up to too much, those of the largest sum first."""
    start, end, apex = (np.roll(faces, -corner, axis=1).T.ravel() for corner in range(3))
    halves = table.halves[table.uses == 2]
    ends = np.stack([start[halves[:, 0]], end[halves[:, 0]]], axis=1)
    opposite = apex[halves]
    (a, b), (c, d) = ends.T, opposite.T
    excess = _angle(points, a, b, c) + _angle(points, a, b, d) - np.pi
    bent = np.flatnonzero((excess > MIN_ANGLE_EXCESS) & (c != d))
    bent = bent[np.argsort(-excess[bent], kind="stable")]
    return _Edges(halves % len(faces), ends, opposite).where(bent)


def _may_flip(points: np.ndarray, faces: np.ndarray, table: EdgeTable, edges: _Edges) -> np.ndarray:
    """Mask of edges (N,) on smooth ground whose flip leaves the mesh manifold."""
    count = len(points)
    (a, b), (c, d) = edges.ends.T, edges.opposite.T
    normals, _ = face_normals_and_areas(points, faces)
    before = normals[edges.faces[:, 0]], normals[edges.faces[:, 1]]
    smooth = _cosine(*before) > MIN_COSINE
    for new in (_normal(points, c, a, d), _normal(points, d, b, c)):
        smooth &= (_cosine(new, before[0]) > MIN_COSINE) & (_cosine(new, before[1]) > MIN_COSINE)
    enough = (table.valence(count)[edges.ends] > MIN_VALENCE).all(axis=1)
    there = np.isin(np.minimum(c, d) * count + np.maximum(c, d), table.keys)
    return np.asarray(smooth & enough & ~there)


def _independent(edges: _Edges, count: int) -> np.ndarray:
    """Mask of edges (N,) that share no vertex, also no opposite one, with an earlier one."""
    around = np.concatenate([edges.ends, edges.opposite], axis=1)
    rank = np.arange(len(around))
    best = np.full(count, len(around))
    np.minimum.at(best, around.ravel(), np.repeat(rank, 4))
    return np.asarray((best[around] == rank[:, None]).all(axis=1))


def _angle(points: np.ndarray, a: np.ndarray, b: np.ndarray, apex: np.ndarray) -> np.ndarray:
    one, other = points[a] - points[apex], points[b] - points[apex]
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return np.asarray(np.arccos(np.clip((one * other).sum(1) / np.maximum(lengths, 1e-20), -1, 1)))


def _normal(points: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    return face_normals_and_areas(points, np.stack([a, b, c], axis=1))[0]


def _cosine(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.asarray((one * other).sum(axis=1))
