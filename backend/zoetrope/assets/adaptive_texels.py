"""Values of a function at texels: evaluated at some of them, interpolated where neighbours are alike."""

from collections.abc import Callable, Iterator

import numpy as np

from zoetrope.assets.texels import Texels


class TexelLattice:
    """Texels by row and column, and the neighbours that they lie between.

    Parameters
    ----------
    texels : Texels
        N of them.
    chart : (N,) int
        Texels of different charts are no neighbours.
    stride : int
        A power of 2: the coarsest distance of neighbours.
    """

    def __init__(self, texels: Texels, chart: np.ndarray, stride: int) -> None:
        self.stride, self._chart = stride, chart
        self._row, self._column = texels.row + stride, texels.column + stride  # a border, so neighbours exist
        self._at = np.full((texels.size + 2 * stride,) * 2, -1, dtype=np.int32)
        self._at[self._row, self._column] = np.arange(len(chart))

    def coarsest(self) -> np.ndarray:
        """Return the texels (M,) in rows and columns that are multiples of the stride."""
        return np.flatnonzero((self._row % self.stride == 0) & (self._column % self.stride == 0))

    def between(self, step: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield the texels halfway between those at multiples of `2 * step`: along rows, columns, diagonals.

        Yields
        ------
        index : (M,) int
        around : (M, K) int
            The two or four texels that each lies between; -1 where there is none.
        whole : (M,) bool
            Whether all of them are there, and of the texel's chart.
        """
        row, column = self._row % (2 * step), self._column % (2 * step)
        for chosen, offsets in (
            ((row == 0) & (column == step), ((0, -step), (0, step))),
            ((row == step) & (column == 0), ((-step, 0), (step, 0))),
            ((row == step) & (column == step), ((-step, -step), (-step, step), (step, -step), (step, step))),
        ):
            index = np.flatnonzero(chosen)
            around = np.stack(
                [self._at[self._row[index] + down, self._column[index] + right] for down, right in offsets],
                axis=1,
            )
            same_chart = self._chart[around] == self._chart[index, None]
            yield index, around, ((around >= 0) & same_chart).all(axis=1)


def evaluate_adaptively(
    function: Callable[[np.ndarray], np.ndarray],
    points: np.ndarray,
    lattice: TexelLattice,
    tolerance: float,
) -> np.ndarray:
    """Return a function's values (N, C) at the texels' points (N, 3).

    Texels at multiples of the lattice's stride are evaluated; then, halving the stride, each texel between
    others that differ by less than the tolerance gets their mean, and every other one is evaluated.

    Parameters
    ----------
    function : callable
        Points (K, 3) -> values (K, C).
    points : (N, 3) float
    lattice : TexelLattice
        Of the N texels; with stride 1 all are evaluated.
    tolerance : float
        In the unit of the values.
    """
    first = lattice.coarsest()
    if not len(first):
        return np.asarray(function(points))
    values = function(points[first])
    out = np.zeros((len(points), values.shape[1]), dtype=np.float32)
    out[first] = values
    step = lattice.stride
    while step > 1:
        step //= 2
        pending = []
        for index, around, alike in lattice.between(step):
            near = out[around]
            alike &= (np.ptp(near, axis=1) <= tolerance).all(axis=1)
            out[index[alike]] = near[alike].mean(axis=1)
            pending.append(index[~alike])
        rest = np.concatenate(pending)
        if len(rest):
            out[rest] = function(points[rest])
    return out
