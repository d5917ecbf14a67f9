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
    companded : bool
        Dimensions may be companded before they are standardised: x -> asinh(x / scale). Numbers that are
        small in most vectors and large in a few have a deviation that the few make, beside which the most are
        nothing; the inverse hyperbolic sine is linear up to the scale and a logarithm beyond it.
    """

    mean: Tensor
    deviation: Tensor
    live: Tensor
    scale: Tensor

    def __init__(self, size: int, companded: bool = False) -> None:
        super().__init__()
        self.companded = companded
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("deviation", torch.ones(size))
        self.register_buffer("live", torch.ones(size))
        # 0: not companded
        self.register_buffer("scale", torch.zeros(size), persistent=companded)

    @torch.no_grad()
    def fit(self, data: Tensor, dead_below: float = 1e-4, scale: Tensor | None = None) -> None:
        """Measure raw vectors (N, size).

        Dead are dimensions that differ by rounding alone, and those below a share of the others' median.

        Parameters
        ----------
        scale : (size,) float, optional
            Up to where companded dimensions stay linear; 0 for dimensions that are linear throughout.
        """
        if scale is not None and self.companded:
            self.scale.copy_(scale)
        data = self._companded(data)
        self.mean.copy_(data.mean(0))
        deviation = data.std(0)
        varies = deviation > ROUNDING * data.abs().amax(0)
        live = varies & (deviation > dead_below * deviation[varies].median()) if varies.any() else varies
        self.live.copy_(live.to(data.dtype))
        self.deviation.copy_(torch.where(live, deviation, torch.ones_like(deviation)))

    def forward(self, raw: Tensor) -> Tensor:
        """Raw (..., size) -> standardised (..., size), 0 in dead dimensions."""
        return (self._companded(raw) - self.mean) / self.deviation * self.live

    def inverse(self, standard: Tensor) -> Tensor:
        """Standardised (..., size) -> raw (..., size)."""
        inner = standard * self.live * self.deviation + self.mean
        if not self.companded:
            return inner
        return torch.where(self.scale > 0, self.scale * inner.sinh(), inner)

    def _companded(self, raw: Tensor) -> Tensor:
        if not self.companded:
            return raw
        return torch.where(self.scale > 0, (raw / self.scale.clamp_min(ROUNDING)).asinh(), raw)
