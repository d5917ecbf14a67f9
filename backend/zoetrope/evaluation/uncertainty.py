"""Standard errors of metrics over creatures: clips of one creature are not independent.

Subsampling without replacement: a bootstrap draws a sequence twice, which puts a copy at distance 0 and
breaks every nearest-neighbour metric.
"""

from collections.abc import Callable, Sequence

import numpy as np


def jackknife(statistic: Callable[[np.ndarray], float], groups: Sequence[object]) -> tuple[float, float]:
    """A statistic and its standard error, leaving out one group at a time.

    Parameters
    ----------
    statistic : callable
        Takes the indices (M,) of the items that are kept.
    groups : sequence, one an item
        Items of one group (the clips of a creature) are left out together.

    Returns
    -------
    (value, standard error)
        Of all items; nan for the error where there is one group only.

    Notes
    -----
    The delete-a-group jackknife for groups of unequal size (Busing, Meijer and van der Leeden 1999, eq. 4-5).
    """
    labels = np.unique(np.array([str(group) for group in groups]), return_inverse=True)[1]
    every = np.arange(len(labels))
    value = statistic(every)
    count = int(labels.max()) + 1
    if count < 2:
        return value, float("nan")
    h = len(labels) / np.bincount(labels)
    left_out = np.array([statistic(every[labels != group]) for group in range(count)])
    pseudo = h * value - (h - 1) * left_out
    estimate = count * value - float(((1 - 1 / h) * left_out).sum())
    variance = float(((pseudo - estimate) ** 2 / (h - 1)).mean())
    return value, variance**0.5
