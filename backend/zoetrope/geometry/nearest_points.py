"""Nearest neighbours among points."""

import numpy as np
from scipy.spatial import KDTree


def nearest(points: np.ndarray, queries: np.ndarray, count: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return distances and indices of the nearest points of each query: (Q,), or (Q, count) for several.

    Parameters
    ----------
    points : (N, D) float
    queries : (Q, D) float
    """
    distance, index = KDTree(points).query(queries, count)
    return np.asarray(distance), np.asarray(index)
