"""Standardisation of tokens before diffusion: zero mean, unit standard deviation per dimension."""

import torch
from torch import Tensor, nn

ROUNDING = 1e-6
"""Standard deviation, relative to the largest value, below which a dimension is constant up to rounding."""


class Standardiser(nn.Module):
    """Per-dimension standardisation.

    DNF diffuses raw tokens: its latents have a standard deviation of 1/384 and vanish under unit noise. Here
    every dimension has unit deviation. (Almost) constant dimensions, whose `varies` is 0, become 0, and their
    mean again by `inverse`.

    Parameters
    ----------
    size : int
        Dimensions of a token vector.
    """

    mean: Tensor
    deviation: Tensor
    live: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("deviation", torch.ones(size))
        self.register_buffer("live", torch.ones(size))

    @property
    def varies(self) -> Tensor:
        """1 for dimensions that vary over the data, else 0 (size,); weights store it as `live`."""
        return self.live

    @torch.no_grad()
    def fit(self, data: Tensor, constant_below: float = 1e-4) -> None:
        """Set mean, deviation and varying dimensions from raw vectors (N, size).

        Constant are dimensions that vary by rounding only, or by less than `constant_below` times the median
        deviation of the others.
        """
        self.mean.copy_(data.mean(0))
        deviation = data.std(0)
        varies = deviation > ROUNDING * data.abs().amax(0)
        if varies.any():
            varies &= deviation > constant_below * deviation[varies].median()
        self.live.copy_(varies.to(data.dtype))
        self.deviation.copy_(torch.where(varies, deviation, torch.ones_like(deviation)))

    def forward(self, raw: Tensor) -> Tensor:
        """Standardise raw vectors (..., size)."""
        return (raw - self.mean) / self.deviation * self.varies

    def inverse(self, standard: Tensor) -> Tensor:
        """Return raw vectors (..., size) from standardised ones."""
        return standard * self.varies * self.deviation + self.mean
