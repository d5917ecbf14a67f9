"""Rare kinds are drawn more often than they are there: a label of four creatures is asked for like others."""

from collections import Counter
from collections.abc import Hashable, Sequence

import torch
from torch import Tensor


def sampling_weights(groups: Sequence[Hashable], balance: float) -> Tensor:
    """Weights (N,) to draw members with, by the size n of each one's group: proportional to n ** -balance.

    With 0 every member is drawn alike, with 1 every group.
    """
    sizes = Counter(groups)
    weights = torch.tensor([sizes[group] ** -balance for group in groups], dtype=torch.float64)
    return weights / weights.sum()
