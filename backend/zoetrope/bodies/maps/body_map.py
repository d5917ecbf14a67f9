"""What all maps of a body have in common: points of its rest pose in, points of the mapped body out."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

STEP = 1e-4
"""Of the central differences, as a share of the rest pose's diagonal."""


class BodyMap(Protocol):
    """A smooth map of space without fold-overs; the ground stays level."""

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Map points (N, 3), in the coordinates of the rest pose: (N, 3) float64."""
        ...


def identity_map(points: np.ndarray) -> np.ndarray:
    """Return the points (N, 3) themselves: the map of a body without changes."""
    return points.astype(np.float64)


def jacobians(field: Callable[[np.ndarray], np.ndarray], points: np.ndarray) -> np.ndarray:
    """Return the derivative (N, 3, 3) of a map or a velocity at points (N, 3), by central differences."""
    points = points.astype(np.float64)
    step = STEP * float(np.linalg.norm(np.ptp(points, axis=0))) or STEP
    shifts = step * np.concatenate([np.eye(3), -np.eye(3)])
    moved = field((points[None] + shifts[:, None]).reshape(-1, 3)).reshape(6, -1, 3)
    return np.asarray(((moved[:3] - moved[3:]) / (2.0 * step)).transpose(1, 2, 0))
