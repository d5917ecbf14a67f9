"""Occupancy grids of clips: whether the centre of each cell is inside."""

import numpy as np

from zoetrope.training.data.occupancy_samples import ClipSamples


def occupancy_grid(clip: ClipSamples, cells: int) -> np.ndarray:
    """Return a clip's grids (T, D, D, D) bool from its samples, whose recipe has a `grid` of D cells."""
    return clip.uniform_inside.reshape(-1, cells, cells, cells)
