"""Tokens of zero mean and unit deviation a dimension, dead dimensions dropped."""

import torch
from torch import Tensor, nn

ROUNDING = 1e-6


class Standardiser(nn.Module):
    """Per-dimension standardisation.

    The published DNF diffuses raw latents of deviation 1/384 under noise of deviation 1 and so hardly sees
    them; here every live dimension weighs the same, and a dimension that does not vary is left out and put
    back as its mean.

    Parameters
    ----------
    size : int
        Dimensions of a raw vector.
    """

    mean: Tensor
    deviation: Tensor
    live: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("deviation", torch.ones(size))
        self.register_buffer("live", torch.ones(size))

    @torch.no_grad()
    def fit(self, data: Tensor, dead_below: float = 1e-4) -> None:
        """Measure raw vectors (N, size).

        Dead are dimensions that differ by rounding alone, and those below a share of the others' median.
        """
        self.mean.copy_(data.mean(0))
        deviation = data.std(0)
        varies = deviation > ROUNDING * data.abs().amax(0)
        live = varies & (deviation > dead_below * deviation[varies].median()) if varies.any() else varies
        self.live.copy_(live.to(data.dtype))
        self.deviation.copy_(torch.where(live, deviation, torch.ones_like(deviation)))

    def forward(self, raw: Tensor) -> Tensor:
        """Raw (..., size) -> standardised (..., size), 0 in dead dimensions."""
        return (raw - self.mean) / self.deviation * self.live

    def inverse(self, standard: Tensor) -> Tensor:
        """Standardised (..., size) -> raw (..., size)."""
        return standard * self.live * self.deviation + self.mean
