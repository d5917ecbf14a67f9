"""Refitting a skeleton's motion so that its resting feet stay where they are held."""

import numpy as np

from zoetrope.rigs.fit import fit_motion
from zoetrope.rigs.skeleton import Skeleton, SkeletonMotion, SkinWeights

HELD_IMPORTANCE = 30.0
"""Weight of the vertices of held feet in the fit; 1 for the others."""
HOLDING_ITERATIONS = 8
"""Half of what a fit from scratch takes: it starts at the given rotations."""


def refit_with_held_feet(
    skeleton: Skeleton,
    weights: SkinWeights,
    rest: np.ndarray,
    goal: np.ndarray,
    held: np.ndarray,
    motion: SkeletonMotion,
    cyclic: bool,
) -> SkeletonMotion:
    """Return a motion refined towards frames in which some feet were put elsewhere; as it is if none was.

    Parameters
    ----------
    rest, goal : (V, 3) float, (T, V, 3) float
    held : (V,) bool
        Vertices of the feet that were put elsewhere.
    """
    if not held.any():
        return motion
    return fit_motion(
        skeleton,
        weights,
        rest,
        goal,
        cyclic=cyclic,
        importance=np.where(held, HELD_IMPORTANCE, 1.0),
        start=motion,
        iterations=HOLDING_ITERATIONS,
    )
