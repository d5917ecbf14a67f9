"""Texels of a texture: which face each one shows, where in it, and filling what lies between the charts."""

from typing import NamedTuple

import numpy as np
from scipy import ndimage

EDGE = 1e-4
"""Texels by which a triangle is widened, so that its neighbour's edge leaves no gap."""


class Texels(NamedTuple):
    """Texels whose centre lies in a face.

    row, column : (N,) int32, in the image; row 0 is its top, where v is 1.
    face : (N,) int32
    weights : (N, 3) float32, barycentric, of the face's corners.
    size : texels along a side of the image.
    """

    row: np.ndarray
    column: np.ndarray
    face: np.ndarray
    weights: np.ndarray
    size: int


def rasterise(uvs: np.ndarray, size: int) -> Texels:
    """Return the texels of a square texture that faces with coordinates (F, 3, 2) cover, each once.

    All rows of all faces are intersected at once; there is no loop over faces.
    """
    corners = np.stack([uvs[..., 0] * size, (1 - uvs[..., 1]) * size], axis=-1).astype(np.float64) - 0.5
    x, y = corners[..., 0], corners[..., 1]
    top = np.maximum(np.ceil(y.min(axis=1) - EDGE), 0).astype(np.int64)
    bottom = np.minimum(np.floor(y.max(axis=1) + EDGE), size - 1).astype(np.int64)
    face, row = _ranges(top, bottom)
    left, right = np.full(len(face), np.inf), np.full(len(face), -np.inf)
    for i in range(3):
        j = (i + 1) % 3
        x0, y0, x1, y1 = x[face, i], y[face, i], x[face, j], y[face, j]
        step = np.where(np.abs(y1 - y0) > 1e-9, y1 - y0, 1e-9)
        share = (row - y0) / step
        crosses = (row >= np.minimum(y0, y1) - EDGE) & (row <= np.maximum(y0, y1) + EDGE)
        at = x0 + np.clip(share, 0, 1) * (x1 - x0)
        left, right = (
            np.where(crosses, np.minimum(left, at), left),
            np.where(crosses, np.maximum(right, at), right),
        )
    crossed = left <= right
    face, row, left, right = face[crossed], row[crossed], left[crossed], right[crossed]
    first = np.maximum(np.ceil(left - EDGE), 0).astype(np.int64)
    last = np.minimum(np.floor(right + EDGE), size - 1).astype(np.int64)
    span, column = _ranges(first, last)
    face, row = face[span], row[span]
    owner = np.full(size * size, -1, dtype=np.int32)
    owner[row * size + column] = face
    covered = np.flatnonzero(owner >= 0)
    face = owner[covered]
    row, column = np.divmod(covered.astype(np.int32), np.int32(size))
    return Texels(row, column, face, _weights(corners, face, column, row), size)


def _ranges(first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each integer of the ranges first..last (N,) its range's index and its value."""
    lengths = np.maximum(last - first + 1, 0)
    index = np.repeat(np.arange(len(first)), lengths)
    offset = np.arange(len(index)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return index, first[index] + offset


def _weights(corners: np.ndarray, face: np.ndarray, column: np.ndarray, row: np.ndarray) -> np.ndarray:
    origin = corners[:, 0]
    u, v = corners[:, 1] - origin, corners[:, 2] - origin
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    area = np.where(np.abs(area) > 1e-12, area, 1e-12)[:, None]
    # weights of the second and third corner are linear in column and row
    in_column = np.stack([v[:, 1], -u[:, 1]], axis=1) / area
    in_row = np.stack([-v[:, 0], u[:, 0]], axis=1) / area
    constant = -in_column * origin[:, :1] - in_row * origin[:, 1:]
    weights = np.zeros((len(face), 3), np.float32)
    weights[:, 1:] = constant[face] + in_column[face] * column[:, None] + in_row[face] * row[:, None]
    weights[:, 0] = 1 - weights[:, 1] - weights[:, 2]
    np.clip(weights, 0, 1, out=weights)
    return weights / weights.sum(axis=1, keepdims=True)


class MarginFill:
    """Gives texels outside the charts the value of the nearest covered one, up to a margin.

    Texels further away from all charts get one value, which compresses well.

    Parameters
    ----------
    texels : Texels
    margin : int
        In texels.
    """

    def __init__(self, texels: Texels, margin: int) -> None:
        self.texels = texels
        empty = np.ones((texels.size, texels.size), bool)
        empty[texels.row, texels.column] = False
        near = ndimage.binary_dilation(~empty, np.ones((3, 3), bool), iterations=margin) & empty
        self.near = np.nonzero(near)
        source = ndimage.distance_transform_edt(empty, return_distances=False, return_indices=True)
        self.source = source[0][self.near], source[1][self.near]

    def image(self, values: np.ndarray, beyond: np.ndarray | None = None) -> np.ndarray:
        """Return the image (S, S, C) of the texels' values (N, C).

        beyond : (C,), of texels further away than the margin; None for the mean.
        """
        image = np.empty((self.texels.size, self.texels.size, values.shape[1]), values.dtype)
        image[:] = values.mean(axis=0).astype(values.dtype) if beyond is None else beyond
        image[self.texels.row, self.texels.column] = values
        image[self.near] = image[self.source]
        return image
