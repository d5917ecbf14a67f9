"""Standard errors over groups of items: the clips of one creature are not independent.

A jackknife, not a bootstrap: resampling with replacement puts copies at distance 0, which breaks every
nearest-neighbour metric.
"""

from collections.abc import Callable, Sequence

import numpy as np


def group_variance(value: float, left_out: np.ndarray, sizes: np.ndarray) -> float:
    """Return the variance of a statistic by a delete-a-group jackknife; nan for a single group.

    Busing, Meijer and van der Leeden 1999, eq. 4-5.

    Parameters
    ----------
    value : float
        The statistic of all items.
    left_out : (G,) float
        The statistic without each group.
    sizes : (G,) int
        Items in each group; they may differ.
    """
    groups = len(sizes)
    if groups < 2:
        return float("nan")
    h = sizes.sum() / sizes
    estimate = groups * value - float(((1 - 1 / h) * left_out).sum())
    return float(((h * value - (h - 1) * left_out - estimate) ** 2 / (h - 1)).mean())


def jackknife(statistic: Callable[[np.ndarray], float], groups: Sequence[object]) -> tuple[float, float]:
    """Return a statistic and its standard error, leaving out one group at a time.

    Parameters
    ----------
    statistic : callable
        Takes the indices (M,) of the items that are kept.
    groups : sequence, one an item
    """
    labels = np.unique(np.array([str(group) for group in groups]), return_inverse=True)[1]
    every, sizes = np.arange(len(labels)), np.bincount(labels)
    value = statistic(every)
    left_out = [statistic(every[labels != g]) for g in range(len(sizes))] if len(sizes) > 1 else [value]
    return value, group_variance(value, np.array(left_out), sizes) ** 0.5


def mean_with_error(values: Sequence[float] | np.ndarray, groups: Sequence[object]) -> dict[str, float]:
    """Return {"value", "se"}: the mean of values and its standard error over groups; nan of none."""
    array = np.asarray(values, dtype=float)
    if not len(array):
        return {"value": float("nan"), "se": float("nan")}
    value, error = jackknife(lambda kept: float(array[kept].mean()), groups)
    return {"value": value, "se": error}
