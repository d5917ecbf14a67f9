"""Loose parts of a mesh that move without changing their shape: eyes, teeth, wheels, plates of armour."""

from collections.abc import Callable

import numpy as np

from zoetrope.geometry.rigid_alignment import apply_rigid_transforms, fit_rigid_transforms

RIGID = 0.002
"""Largest distance from a rigid motion, as a share of the mesh's size."""
SAMPLED = 500
"""Vertices of a part that are looked at."""


def rigid_groups(
    rest: np.ndarray, parts: np.ndarray, frames_of: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return the group (V,) of each vertex: the vertices of a rigid part have one, all others none, -1.

    A mesh in one piece has none.

    Parameters
    ----------
    rest : (V, 3) float
        In units of the mesh's size.
    parts : (V,) int
        Loose part of each vertex, from 0.
    frames_of : callable
        Takes indices (N,) of vertices, returns their places (T, N, 3).
    """
    groups = np.full(len(rest), -1)
    sizes = np.bincount(parts)
    if len(sizes) < 2:
        return groups
    order = np.argsort(parts, kind="stable")
    for part, inside in enumerate(np.split(order, np.cumsum(sizes)[:-1])):
        some = inside[:: -(-len(inside) // SAMPLED)]
        points, moved = rest[some], frames_of(some)
        fit = fit_rigid_transforms(points, moved, np.full(len(some), 1.0 / len(some)))
        if np.linalg.norm(apply_rigid_transforms(points, fit) - moved, axis=-1).max() < RIGID:
            groups[inside] = part
    _, compact = np.unique(groups, return_inverse=True)
    return np.where(groups < 0, -1, compact - int((groups < 0).any()))
