"""A subset of a mesh's vertices that stands for all of them, so that the solver's cost is bounded."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from zoetrope.geometry.mesh_properties import unique_edges

MAX_CANDIDATES = 20_000
"""Vertices that the subset is chosen from; of larger meshes a random part with a fixed seed."""
MAX_NEIGHBOURS = 8
"""Cells around a vertex's own that its values are interpolated from."""


@dataclass(frozen=True)
class CoarseMesh:
    """Some vertices of a mesh, the geodesic Voronoi cells around them, and the triangles between the cells.

    Parameters
    ----------
    vertices : (K,) int
        Indices in the full mesh.
    faces : (F, 3) int
        Over these K.
    interpolation : sparse (V, K) float
        Rows of sum 1: values at the K vertices to values at all.
    """

    vertices: np.ndarray
    faces: np.ndarray
    interpolation: sp.csr_array


def coarsen(rest: np.ndarray, faces: np.ndarray, count: int) -> CoarseMesh:
    """Choose `count` vertices of a mesh, spread evenly; all of them where there are no more.

    Any triangles will do: open, non-manifold or loose ones too. Each loose part keeps a vertex while the
    count suffices. The triangles of the subset are the dual of the Voronoi cells, found over the edges, so
    that parts that only come near each other stay apart.

    Parameters
    ----------
    rest : (V, 3) float
    faces : (F, 3) int
    count : int
    """
    total = len(rest)
    if total <= count:
        return CoarseMesh(np.arange(total), faces, sp.eye_array(total, format="csr"))
    edges = unique_edges(faces)
    lengths = np.linalg.norm(rest[edges[:, 0]] - rest[edges[:, 1]], axis=1) + 1e-12
    graph = sp.csr_array((lengths, (edges[:, 0], edges[:, 1])), shape=(total, total))
    chosen = _spread(rest, _representatives(graph, faces, total), count)
    _, _, sources = dijkstra(graph, directed=False, indices=chosen, min_only=True, return_predecessors=True)
    index = np.full(total, -1)
    index[chosen] = np.arange(len(chosen))
    cell = np.where(sources >= 0, index[np.maximum(sources, 0)], -1)
    unreached = cell < 0  # loose parts without a chosen vertex, vertices without faces
    if unreached.any():
        cell[unreached] = cKDTree(rest[chosen]).query(rest[unreached])[1]
    corners = cell[faces]
    apart = (corners != np.roll(corners, 1, axis=1)).all(axis=1)
    found = corners[apart]
    _, first = np.unique(np.sort(found, axis=1), axis=0, return_index=True)
    return CoarseMesh(chosen, found[np.sort(first)], _interpolation(rest, chosen, cell, cell[edges]))


def _representatives(graph: sp.csr_array, faces: np.ndarray, total: int) -> np.ndarray:
    """Candidates for the subset, one vertex of each loose part first."""
    used = np.zeros(total, bool)
    used[faces.ravel()] = True
    _, label = sp.csgraph.connected_components(graph, directed=False)
    order = np.random.default_rng(0).permutation(np.flatnonzero(used))
    _, first = np.unique(label[order], return_index=True)
    return np.concatenate([order[np.sort(first)], np.delete(order, first)])[:MAX_CANDIDATES]


def _spread(rest: np.ndarray, candidates: np.ndarray, count: int) -> np.ndarray:
    """Farthest point sampling: each next vertex is the one that is furthest from all before."""
    points = rest[candidates]
    chosen = [0]
    distance = ((points - points[0]) ** 2).sum(axis=1)
    while len(chosen) < min(count, len(points)):
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return np.sort(candidates[chosen])


def _interpolation(
    rest: np.ndarray, chosen: np.ndarray, cell: np.ndarray, cell_pairs: np.ndarray
) -> sp.csr_array:
    """Modified Shepard weights (Franke and Nielson 1980) of a vertex's own and the adjacent cells."""
    pairs = np.unique(np.sort(cell_pairs[cell_pairs[:, 0] != cell_pairs[:, 1]], axis=1), axis=0)
    both = np.concatenate([pairs, pairs[:, ::-1]])
    gaps = np.linalg.norm(rest[chosen[both[:, 0]]] - rest[chosen[both[:, 1]]], axis=1)
    both = both[np.lexsort((gaps, both[:, 0]))]
    start = np.searchsorted(both[:, 0], np.arange(len(chosen)))
    rank = np.arange(len(both)) - start[both[:, 0]]
    both, rank = both[rank < MAX_NEIGHBOURS], rank[rank < MAX_NEIGHBOURS]
    around = np.tile(np.arange(len(chosen))[:, None], (1, MAX_NEIGHBOURS + 1))
    around[both[:, 0], rank + 1] = both[:, 1]
    columns = around[cell]
    distance = np.linalg.norm(rest[chosen[columns]] - rest[:, None], axis=2)
    radius = 1.001 * distance.max(axis=1, keepdims=True) + 1e-12
    values = ((radius - distance) / (radius * np.maximum(distance, 1e-6 * radius))) ** 2
    values[:, 1:] *= columns[:, 1:] != columns[:, :1]
    values /= values.sum(axis=1, keepdims=True)
    rows = np.repeat(np.arange(len(rest)), columns.shape[1])
    return sp.csr_array((values.ravel(), (rows, columns.ravel())), shape=(len(rest), len(chosen)))
