"""The edges of a triangle mesh, with the half-edges on both sides of each."""

from typing import NamedTuple

import numpy as np


class EdgeTable(NamedTuple):
    """Undirected edges of a mesh of F faces.

    Half-edge h runs from corner h // F of face h % F to that face's next corner.

    ends : (E, 2) int64, vertices, the lower first, in ascending order.
    keys : (E,) int64, lower * V + higher.
    uses : (E,) int64, half-edges on it: 2 inside a manifold, 1 on its boundary.
    halves : (E, 2) int64, the first two half-edges; the same one twice where there is but one.
    """

    ends: np.ndarray
    keys: np.ndarray
    uses: np.ndarray
    halves: np.ndarray

    def boundary(self, count: int) -> np.ndarray:
        """Return which of `count` vertices (V,) are ends of an edge that has not two faces."""
        found = np.zeros(count, dtype=bool)
        found[self.ends[self.uses != 2]] = True
        return found

    def valence(self, count: int) -> np.ndarray:
        """Return the number of edges (V,) at each of `count` vertices."""
        return np.bincount(self.ends.ravel(), minlength=count)


def edge_table(faces: np.ndarray, count: int) -> EdgeTable:
    """Return the edges of faces (F, 3) over `count` vertices."""
    start = faces.T.ravel().astype(np.int64)
    end = np.roll(faces, -1, axis=1).T.ravel().astype(np.int64)
    key = np.minimum(start, end) * count + np.maximum(start, end)
    order = np.argsort(key, kind="stable")
    keys, first, uses = np.unique(key[order], return_index=True, return_counts=True)
    second = np.where(uses > 1, first + 1, first)
    ends = np.stack([keys // count, keys % count], axis=1)
    return EdgeTable(ends, keys, uses, np.stack([order[first], order[second]], axis=1))
