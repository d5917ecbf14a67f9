"""The neighbourhood of a head, inside which a map is held near to a similarity so that eyes stay round."""

import numpy as np

HEAD_FALLOFF = 2.2
"""Head radii from the head's centre at which its similarity has no more influence."""
BEYOND_HEAD = 0.7
"""Share by which distances count less beyond the head, so that ears and horns belong to it."""


def smoothstep(u: np.ndarray) -> np.ndarray:
    """Return 0 up to 0, 1 from 1 on, smoothly between."""
    u = np.clip(u, 0.0, 1.0)
    return np.asarray(u * u * (3.0 - 2.0 * u))


def head_share(offset: np.ndarray, axis: np.ndarray, radius: float) -> np.ndarray:
    """Return 1 within the head's radius, smoothly 0 far from it (N,).

    Parameters
    ----------
    offset : (N, 3) float
        From the head's centre.
    axis : (3,) float
        From the neck to the head; on its far side distances count less.
    radius : float
    """
    direction = axis / max(float(np.linalg.norm(axis)), 1e-9)
    ahead = smoothstep(0.5 + 0.5 * (offset @ direction) / radius)
    distance = np.linalg.norm(offset, axis=1) * (1.0 - BEYOND_HEAD * ahead * ahead)
    return np.asarray(1.0 - smoothstep((distance / radius - 1.0) / (HEAD_FALLOFF - 1.0)))


def rigidity(spread: float, allowed: float) -> float:
    """Return how much of a head's own deformation a map must leave out, from 0 to 1, so that it stays round.

    Parameters
    ----------
    spread, allowed : float
        Logarithms of the ratio of the largest to the smallest stretch: of the deformation, and what may stay.
    """
    return 0.0 if spread <= allowed else 1.0 - allowed / spread


def ball(radius: float) -> np.ndarray:
    """Return points (N, 3) that fill a ball around the origin."""
    grid = np.stack(np.meshgrid(*3 * [np.linspace(-1.0, 1.0, 7)], indexing="ij"), -1).reshape(-1, 3)
    return np.asarray(radius * grid[np.linalg.norm(grid, axis=1) <= 1.0])
