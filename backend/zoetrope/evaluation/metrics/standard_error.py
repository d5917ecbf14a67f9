"""Standard errors of metrics over creatures: clips of one creature are not independent.

Leaving out, never drawing twice: a bootstrap puts a copy at distance 0 and breaks every nearest-neighbour
metric.
"""

from collections.abc import Callable, Sequence

import numpy as np


def group_variance(value: float, left_out: np.ndarray, sizes: np.ndarray) -> float:
    """Variance of a statistic, by leaving out one group at a time.

    Parameters
    ----------
    value : float
        The statistic of all items.
    left_out : (G,) float
        Without each group.
    sizes : (G,) int
        Items in each group; they may differ.

    Returns
    -------
    float
        nan for a single group. Delete-a-group jackknife (Busing, Meijer and van der Leeden 1999, eq. 4-5).
    """
    groups = len(sizes)
    if groups < 2:
        return float("nan")
    h = sizes.sum() / sizes
    estimate = groups * value - float(((1 - 1 / h) * left_out).sum())
    return float(((h * value - (h - 1) * left_out - estimate) ** 2 / (h - 1)).mean())


def jackknife(statistic: Callable[[np.ndarray], float], groups: Sequence[object]) -> tuple[float, float]:
    """A statistic and its standard error, leaving out one group at a time.

    Parameters
    ----------
    statistic : callable
        Takes the indices (M,) of the items that are kept.
    groups : sequence, one an item
        Items of one group (the clips of a creature) are left out together.
    """
    labels = np.unique(np.array([str(group) for group in groups]), return_inverse=True)[1]
    every, sizes = np.arange(len(labels)), np.bincount(labels)
    value = statistic(every)
    left_out = [statistic(every[labels != g]) for g in range(len(sizes))] if len(sizes) > 1 else [value]
    return value, group_variance(value, np.array(left_out), sizes) ** 0.5
