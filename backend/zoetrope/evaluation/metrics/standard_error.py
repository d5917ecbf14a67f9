"""Standard errors over groups of items: the clips of one creature are not independent.

A jackknife for metrics of nearest neighbours, where the copies of a bootstrap would be at distance 0. A
bootstrap for the median, for which the jackknife is inconsistent (Efron 1982, section 3.4).
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


def bootstrap(
    statistic: Callable[[np.ndarray], float], groups: Sequence[object], resamples: int = 1000
) -> tuple[float, float]:
    """Return a statistic and its standard error, resampling groups with replacement; nan for a single group.

    Parameters
    ----------
    statistic : callable
        Takes the indices (M,) of items, some of them several times.
    groups : sequence, one an item
    """
    labels = np.unique(np.array([str(group) for group in groups]), return_inverse=True)[1]
    members = [np.flatnonzero(labels == g) for g in range(labels.max() + 1)]
    value = statistic(np.arange(len(labels)))
    if len(members) < 2:
        return value, float("nan")
    rng = np.random.default_rng(0)
    found = [
        statistic(np.concatenate([members[g] for g in rng.integers(len(members), size=len(members))]))
        for _ in range(resamples)
    ]
    return value, float(np.std(found, ddof=1))


def mean_with_error(values: Sequence[float] | np.ndarray, groups: Sequence[object]) -> dict[str, float]:
    """Return {"value", "se"}: the mean of values and its standard error over groups; nan of none."""
    array = np.asarray(values, dtype=float)
    if not len(array):
        return {"value": float("nan"), "se": float("nan")}
    value, error = jackknife(lambda kept: float(array[kept].mean()), groups)
    return {"value": value, "se": error}
