"""Links that hold the loose parts of a mesh together."""

import itertools

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay, QhullError

from zoetrope.geometry.nearest_points import nearest

PAIRS_PER_LINK = 4
"""Vertex pairs that hold two neighbouring parts together: three keep them from turning, one is spare."""
MAX_LINKED_POINTS = 20_000
"""Vertices that the spanning tree is found on; of larger meshes some of each part are taken."""


def link_parts(vertices: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Return vertex pairs (L, 2) that join all parts: a minimum spanning tree over their distances.

    Parameters
    ----------
    vertices : (V, 3) float
    parts : (V,) int
        From `vertex_components`.
    """
    count = int(parts.max()) + 1 if len(parts) else 0
    if count < 2:
        return np.zeros((0, 2), np.int64)
    chosen = _some_of_each(parts, count)
    links = []
    for first, second in _spanning_tree(vertices[chosen], parts[chosen], count):
        a, b = np.flatnonzero(parts == first), np.flatnonzero(parts == second)
        distance, index = nearest(vertices[b], vertices[a])
        closest = np.argsort(distance, kind="stable")[:PAIRS_PER_LINK]
        links.append(np.stack([a[closest], b[index[closest]]], axis=1))
    return np.concatenate(links)


def _some_of_each(parts: np.ndarray, count: int) -> np.ndarray:
    """Indices of at most `MAX_LINKED_POINTS` vertices, at least one of each part."""
    if len(parts) <= MAX_LINKED_POINTS:
        return np.arange(len(parts))
    share = max(1, MAX_LINKED_POINTS // count)
    order = np.argsort(parts, kind="stable")
    starts = np.searchsorted(parts[order], np.arange(count + 1))
    return np.concatenate(
        [
            order[np.linspace(begin, end - 1, min(share, end - begin)).astype(int)]
            for begin, end in itertools.pairwise(starts)
        ]
    )


def _spanning_tree(points: np.ndarray, parts: np.ndarray, count: int) -> list[tuple[int, int]]:
    """Pairs of parts in a minimum spanning tree; the Delaunay graph contains the Euclidean one."""
    try:
        corners = Delaunay(points, qhull_options="QJ").simplices
        pairs = np.concatenate([corners[:, [i, j]] for i in range(4) for j in range(i)])
    except QhullError:  # fewer than five points, or all at one place
        pairs = np.stack(np.triu_indices(len(points), 1), axis=1)
    a, b = parts[pairs].T
    crossing = a != b
    lengths = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)[crossing]
    a, b = np.minimum(a, b)[crossing], np.maximum(a, b)[crossing]
    # Of each pair of parts the shortest edge; 0 would count as no edge.
    order = np.lexsort((lengths, b, a))
    first = np.unique((a * count + b)[order], return_index=True)[1]
    kept = order[first]
    graph = coo_array((np.maximum(lengths[kept], 1e-12), (a[kept], b[kept])), shape=(count, count))
    tree = minimum_spanning_tree(graph.tocsr()).tocoo()
    return list(zip(tree.row.tolist(), tree.col.tolist(), strict=True))
