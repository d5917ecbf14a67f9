"""A cheap floor of the Chamfer distance: a few points say how near two clouds can be at most.

The distance to a cloud changes by no more than one walks (it is 1-Lipschitz). So a point that lies r from a
landmark, whose own nearest point in the other cloud is d away, has none nearer than d - r. The best of
several landmarks around the point counts: one of them lies on the far side, where d is larger by nearly r.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

LANDMARKS, AROUND = 128, 8
"""Landmarks of a cloud of 2,048 points (`benchmarks/chamfer.py`), and how many speak for each point."""


@dataclass(frozen=True)
class Landmarks:
    """Some points of a cloud, and which of them are around each of its points.

    points : (L, 3); around : (K, P) int, the landmarks nearest to each point; away : (K, P) their distances.
    """

    points: np.ndarray
    around: np.ndarray
    away: np.ndarray

    def least(self, other: KDTree) -> np.ndarray:
        """Not above the distance of each of this cloud's points (P,) to its nearest of another cloud."""
        if not len(self.points):
            return np.zeros(self.around.shape[1])
        distance = np.asarray(other.query(self.points)[0])
        return np.maximum((distance[self.around] - self.away).max(axis=0), 0.0)

    def floor(self, other: KDTree) -> float:
        """Not above the mean squared distance of this cloud's points to their nearest of another cloud."""
        return float(np.square(self.least(other)).mean())


def landmarks(cloud: np.ndarray, count: int = LANDMARKS, around: int = AROUND) -> Landmarks:
    """The first points of a cloud (P, 3), P > 0, whose order is random. None at all say nothing."""
    chosen = np.asarray(cloud[:count], dtype=np.float64)
    if not count:
        return Landmarks(chosen, np.empty((0, len(cloud)), dtype=int), np.empty((0, len(cloud))))
    ranks = np.arange(1, min(around, len(chosen)) + 1)
    distance, index = (np.asarray(found) for found in KDTree(chosen).query(cloud, k=ranks))
    return Landmarks(chosen, index.T.copy(), distance.T.copy())
