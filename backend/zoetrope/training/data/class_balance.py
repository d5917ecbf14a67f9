"""Class-balanced sampling: rare labels are sampled more often than they occur."""

from collections import Counter
from collections.abc import Hashable, Sequence

import torch
from torch import Tensor


def sampling_weights(labels: Sequence[Hashable], balance: float) -> Tensor:
    """Return probabilities (N,) proportional to n ** -balance, n being the count of each member's label.

    With 0 every member is equally likely, with 1 every label.
    """
    counts = Counter(labels)
    weights = torch.tensor([counts[label] ** -balance for label in labels], dtype=torch.float64)
    return weights / weights.sum()
