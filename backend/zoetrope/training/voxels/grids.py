"""Occupancy grids of clips, from the occupancy samples that HyperDiffusion's MLPs are fitted to."""

import numpy as np
from scipy.ndimage import uniform_filter

from zoetrope.training.data.occupancy_samples import ClipSamples, uniform_points


def occupancy_grid(clip: ClipSamples, cells: int) -> np.ndarray:
    """Return a clip's grids (T, D, D, D) bool: a cell is full where half of its sampled points are inside.

    A cell in which no point was sampled (away from the surface, of 24^3 one in ten) is as its neighbours are.
    """
    uniform = _cells(uniform_points(clip.uniform_inside.shape[1]).astype(np.float32), cells)
    grids = np.zeros((len(clip.near), cells, cells, cells), bool)
    for frame, (near, near_inside, uniform_inside) in enumerate(
        zip(clip.near, clip.near_inside, clip.uniform_inside, strict=True)
    ):
        index = np.concatenate([uniform, _cells(near.astype(np.float32), cells)])
        inside = np.concatenate([uniform_inside, near_inside])
        count = np.bincount(index, minlength=cells**3).reshape(grids.shape[1:]).astype(float)
        full = np.bincount(index, inside, minlength=cells**3).reshape(grids.shape[1:])
        empty = count == 0
        count[empty] = uniform_filter(count, 3, mode="constant")[empty]
        full[empty] = uniform_filter(full, 3, mode="constant")[empty]
        grids[frame] = (count > 0) & (2 * full >= count)
    return grids


def _cells(points: np.ndarray, cells: int) -> np.ndarray:
    """Return the flat index (N,) of each point's cell; points outside the box belong to the nearest one."""
    at = np.clip(((points + 1) * (cells / 2)).astype(np.int64), 0, cells - 1)
    return np.asarray((at[:, 0] * cells + at[:, 1]) * cells + at[:, 2])
