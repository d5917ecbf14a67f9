"""Rectified flow: the straight path between noise and data, its training loss, and guidance.

x_t = (1 - t) x_0 + t e,  the network predicts v = e - x_0  (Liu et al. 2022; Lipman et al. 2023).
"""

from collections.abc import Callable

import torch
from torch import Tensor

LEAST_TIME = 0.03
"""Below it an error of what is said to be clean would count without bound."""
Velocity = Callable[[Tensor, Tensor], Tensor]
"""(x (B, ...), t (B,)) -> velocity, shaped like x."""


def sample_times(count: int, generator: torch.Generator, mean: float = 0.0, deviation: float = 1.0) -> Tensor:
    """Times (count,) in (0, 1), logit-normal (Esser et al. 2024, section 3.1).

    A mean of 0 favours the middle of the path, a negative one the clean end.
    """
    normal = torch.randn(count, generator=generator, device=generator.device)
    return (mean + deviation * normal).sigmoid()


def noised(clean: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """x_t for clean and noise (B, ...), t (B,)."""
    t = t.view(-1, *[1] * (clean.dim() - 1))
    return (1 - t) * clean + t * noise


def velocity_target(clean: Tensor, noise: Tensor) -> Tensor:
    """What the network should predict."""
    return noise - clean


def velocity_to(noisy: Tensor, clean: Tensor, t: Tensor) -> Tensor:
    """The velocity of a path from what is said to be clean through x_t, both (B, ...), at t (B,).

    A network that says what is clean need not carry the noise through its channels (Li & He 2025, "Back to
    basics: let denoising generative models denoise", whose floor of the times this has too).
    """
    t = t.clamp_min(LEAST_TIME).view(-1, *[1] * (noisy.dim() - 1))
    return (noisy - clean) / t


def guided(conditional: Tensor, unconditional: Tensor, scale: float) -> Tensor:
    """Classifier-free guidance: scale 1 is the conditional velocity itself."""
    return unconditional + scale * (conditional - unconditional)
