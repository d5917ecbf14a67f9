"""Vertices grouped by rigid motion: where the decomposition starts (Le and Deng 2012, section 4.1).

The package's own start gives up on some animations and returns a single bone.
"""

from collections.abc import Callable

import numpy as np
from scipy.spatial import cKDTree

from zoetrope.geometry.rigid_alignment import apply_rigid_transforms, fit_rigid_transforms

ITERATIONS = 5
"""Of fitting and assigning after each division."""
SEED_VERTICES = 12
"""Vertices around the worst one that a new group begins with."""
FEWEST = 4
"""Vertices of a group; smaller ones are given up."""
LARGE = 0.5
"""Share of the mean of the groups' errors from which one is divided."""
EXACT = 1e-9
"""Mean squared distance, in units of the mesh's size, from which a group is not divided."""


def rigid_clusters(
    rest: np.ndarray, frames: np.ndarray, count: int, on_step: Callable[[int, int], None]
) -> np.ndarray:
    """Return the group (V,) of each vertex, from 0, `count` groups at most.

    All groups of large error are divided at once, each at the vertex that fits worst, until there are enough
    (the method of Linde, Buzo and Gray 1980, with rigid transforms in place of points).

    Parameters
    ----------
    rest : (V, 3) float
        In units of the mesh's size.
    frames : (T, V, 3) float
    count : int
    on_step : callable
        Takes the number of groups and `count`; may raise.
    """
    tree = cKDTree(rest)

    def divided(groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        parts = label.copy()
        for i, group in enumerate(groups):
            inside = np.where(label == group, error, -1.0)
            near = tree.query(rest[inside.argmax()], min(SEED_VERTICES, len(rest)))[1].reshape(-1)
            parts[near[label[near] == group]] = label.max() + 1 + i
        return _assign(rest, frames, parts, on_step, count)

    label, error = _assign(rest, frames, np.zeros(len(rest), int), on_step, count)
    while label.max() + 1 < count:
        totals = np.bincount(label, error)
        order = np.argsort(-totals, kind="stable")
        order = order[totals[order] > EXACT * len(rest)]
        large = order[totals[order] >= LARGE * totals.mean()][: count - len(totals)]
        for groups in [large, *order[:, None]]:  # where the large ones close again, one of them alone may not
            found = divided(groups)
            if found[0].max() > label.max():
                label, error = found
                break
        else:
            break
    return label


def _assign(
    rest: np.ndarray,
    frames: np.ndarray,
    label: np.ndarray,
    on_step: Callable[[int, int], None],
    count: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Fit groups and give vertices to the best one, in turns; returns groups and mean squared distances."""
    for _ in range(ITERATIONS):
        sizes = np.bincount(label)
        kept = np.flatnonzero(sizes >= min(FEWEST, len(rest)))
        on_step(len(kept), count)
        best, error = np.zeros(len(rest), int), np.full(len(rest), np.inf)
        for i, group in enumerate(kept):
            inside = label == group
            share = inside / sizes[group]
            fit = fit_rigid_transforms(rest[inside], frames[:, inside], share[inside])
            distance = ((apply_rigid_transforms(rest, fit) - frames) ** 2).sum(axis=2).mean(axis=0)
            better = distance < error
            best[better], error[better] = i, distance[better]
        _, found = np.unique(best, return_inverse=True)
        same, label = np.array_equal(found, label), found
        if same:
            break
    return label, error
