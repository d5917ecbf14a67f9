"""Keeping a creature above the floor that it stands on. numpy alone."""

import numpy as np

FLOATING = ("fish", "winged")
"""Categories whose rest pose need not touch the floor."""
SINK = 0.05
"""How far a standing creature may sink below the floor, as a share of its height.

Feet dip by some hundredths of the height in walks and jumps; in deaths bodies came to lie 0.19 below it.
"""


def above_floor(category, rest, lowest):
    """How to keep a creature's clips above the floor at z = 0.

    Fish and flyers are raised as a whole by what their lowest vertex of all clips needs. Others keep their
    rest pose on the floor; the frames that sink by more than `SINK` are lifted one by one.

    Parameters
    ----------
    category : str or None
    rest : (V, 3) float
    lowest : list of (T,) float
        Height of the lowest vertex at each frame of each clip.

    Returns
    -------
    raised : float
        Height of the object above the floor.
    lifts : list of (T,) float32
        Height to add to each frame of each clip.
    """
    if category in FLOATING:
        still = [np.zeros(len(heights), np.float32) for heights in lowest]
        return max(0.0, *(-float(heights.min()) for heights in lowest)), still
    allowed = SINK * float(np.ptp(rest[:, 2]))
    return 0.0, [np.maximum(0.0, -heights - allowed).astype(np.float32) for heights in lowest]
