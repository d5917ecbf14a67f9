"""Rectified flow between data (t = 0) and noise (t = 1): path and training target.

x_t = (1 - t) x_0 + t e; the network predicts the velocity v = e - x_0 (Liu et al. 2022; Lipman et al. 2023).
"""

from collections.abc import Callable

import torch
from torch import Tensor

Velocity = Callable[[Tensor, Tensor], Tensor]
"""Function of x (B, ...) and t (B,) that returns velocities shaped like x."""


def sample_times(count: int, generator: torch.Generator) -> Tensor:
    """Sample logit-normal training times (count,) in (0, 1) (Esser et al. 2024, section 3.1)."""
    return torch.randn(count, generator=generator, device=generator.device).sigmoid()


def add_noise(clean: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """Return x_t for data and noise (B, ...) and times t (B,)."""
    t = t.view(-1, *[1] * (clean.dim() - 1))
    return (1 - t) * clean + t * noise


def velocity_target(clean: Tensor, noise: Tensor) -> Tensor:
    """Return the velocity that the network should predict."""
    return noise - clean
