"""A cheap lower bound of the Chamfer distance from a few landmark points of each cloud.

The distance to a cloud is 1-Lipschitz: if a landmark's nearest point in the other cloud is d away, a point at
distance r from the landmark has none nearer than d - r. Of several landmarks around a point the best counts.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

LANDMARKS, NEIGHBOURS = 128, 8
"""Landmarks of a cloud of 2,048 points (`benchmarks/chamfer.py`), and how many are used for each point."""


@dataclass(frozen=True)
class Landmarks:
    """Some points of a cloud of P points, and the nearest of them for each of its points.

    points : (L, 3); index : (K, P) int16, the nearest landmarks of each point; radius : (K, P) float32, their
    distances, rounded up. A thousand clips of 16 frames take 2 GB.
    """

    points: np.ndarray
    index: np.ndarray
    radius: np.ndarray

    def point_bounds(self, other: KDTree) -> np.ndarray:
        """Return lower bounds (P,) of the distances of this cloud's points to another cloud."""
        if not len(self.points):
            return np.zeros(self.index.shape[1])
        distance = np.asarray(other.query(self.points)[0])
        return np.maximum((distance[self.index] - self.radius).max(axis=0), 0.0)

    def lower_bound(self, other: KDTree) -> float:
        """Return a lower bound of the mean squared distance of this cloud's points to another cloud."""
        return float(np.square(self.point_bounds(other)).mean())


def choose_landmarks(cloud: np.ndarray, count: int = LANDMARKS, neighbours: int = NEIGHBOURS) -> Landmarks:
    """Take the first points of a cloud (P, 3), P > 0, in random order. With none, all bounds are 0."""
    chosen = np.asarray(cloud[:count], dtype=np.float64)
    if not count:
        return Landmarks(chosen, np.empty((0, len(cloud)), np.int16), np.empty((0, len(cloud)), np.float32))
    ranks = np.arange(1, min(neighbours, len(chosen)) + 1)
    distance, index = (np.asarray(found) for found in KDTree(chosen).query(cloud, k=ranks))
    rounded_up = np.nextafter(distance.T.astype(np.float32), np.float32(np.inf))
    return Landmarks(chosen, index.T.astype(np.int16), rounded_up)
