"""Colours as regions and a palette: what lets an artist change one colour without touching the mesh.

A point's regions are three bytes: the index of the region that it belongs to most, the next one's, and the
first one's share of both. They are stored for vertices and as a texture, so a palette can be changed later
without the fields.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Colours = Callable[[np.ndarray], np.ndarray]
"""Maps points (N, 3) of the rest pose to sRGB in 0..1 (N, 3); a `RegionPaint` does."""


@dataclass(frozen=True)
class RegionPaint:
    """The colours of a body.

    Parameters
    ----------
    weights : callable
        Points (N, 3) -> how much each belongs to each region (N, K), rows of sum 1.
    palette : (K, 3) float32
        sRGB in 0..1.
    """

    weights: Callable[[np.ndarray], np.ndarray]
    palette: np.ndarray

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Return the sRGB colours (N, 3) of points (N, 3)."""
        return paint(region_bytes(self.weights(points)), self.palette)


def region_bytes(weights: np.ndarray) -> np.ndarray:
    """Return the regions (N, 3) uint8 of weights (N, K)."""
    order = np.argpartition(-weights, 1, axis=1)[:, :2]
    two = np.take_along_axis(weights, order, axis=1)
    swapped = two[:, 0] < two[:, 1]
    order[swapped], two[swapped] = order[swapped, ::-1], two[swapped, ::-1]
    share = two[:, 0] / np.maximum(two.sum(axis=1), 1e-9)
    return np.concatenate([order, np.round(255 * share)[:, None]], axis=1).astype(np.uint8)


def commonest_region(regions: np.ndarray) -> np.ndarray:
    """Return the bytes (1, 3) of the region that most of (N, 3) belong to, alone."""
    first = np.bincount(regions[:, 0]).argmax()
    return np.array([[first, first, 255]], np.uint8)


def paint(regions: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Return the sRGB colours (N, 3) float32 of regions (N, 3) uint8 in a palette (K, 3)."""
    share = regions[:, 2:].astype(np.float32) / 255
    colours = palette.astype(np.float32)
    return np.asarray(share * colours[regions[:, 0]] + (1 - share) * colours[regions[:, 1]])
