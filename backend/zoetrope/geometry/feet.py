"""Feet of a body, and how close to the ground a motion brings each of them."""

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

FOOT = 0.06
"""Of the height: what is below it at rest belongs to a foot."""
APART = 0.05
"""Of the diagonal: between two feet, seen from above. Toes are closer to each other."""


def feet_of(rest: np.ndarray) -> list[np.ndarray]:
    """Points (P, 3) of a rest pose, z up, near its lowest one: the indices (n,) of each foot."""
    height = rest[:, 2] - rest[:, 2].min()
    low = np.nonzero(height <= FOOT * height.max())[0]
    if len(low) == 1:
        return [low]
    apart = APART * float(np.linalg.norm(np.ptp(rest, axis=0)))
    group = fcluster(linkage(rest[low, :2], "single"), apart, "distance")
    return [low[group == number] for number in np.unique(group)]


def hang(frames: np.ndarray, feet: list[np.ndarray], height: float) -> float:
    """How far above the ground the foot stays that comes down least.

    Parameters
    ----------
    frames : (T, P, 3) float
        Z up; the ground is the lowest point of all frames.
    feet : list of (n,) int
        From `feet_of`.
    height : float
        Of the body at rest.

    Returns
    -------
    float
        Share of the height; 0 where there are no feet.
    """
    z = frames[..., 2]
    return max((float(z[:, foot].min() - z.min()) / height for foot in feet), default=0.0)
