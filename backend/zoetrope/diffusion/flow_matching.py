"""Rectified flow: the straight path between noise and data, its training loss, and guidance.

x_t = (1 - t) x_0 + t e,  the network predicts v = e - x_0  (Liu et al. 2022; Lipman et al. 2023).
"""

from collections.abc import Callable

import torch
from torch import Tensor

Velocity = Callable[[Tensor, Tensor], Tensor]
"""(x (B, ...), t (B,)) -> velocity, shaped like x."""


def sample_times(count: int, generator: torch.Generator) -> Tensor:
    """Times (count,) in (0, 1), logit-normal: the middle of the path is favoured (Esser et al. 2024, 3.1)."""
    return torch.randn(count, generator=generator, device=generator.device).sigmoid()


def noised(clean: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """x_t for clean and noise (B, ...), t (B,)."""
    t = t.view(-1, *[1] * (clean.dim() - 1))
    return (1 - t) * clean + t * noise


def velocity_target(clean: Tensor, noise: Tensor) -> Tensor:
    """What the network should predict."""
    return noise - clean


def guided(conditional: Tensor, unconditional: Tensor, scale: float) -> Tensor:
    """Classifier-free guidance: scale 1 is the conditional velocity itself."""
    return unconditional + scale * (conditional - unconditional)
