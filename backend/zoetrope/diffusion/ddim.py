"""Denoising diffusion with prediction of the clean data, sampled by DDIM: as HyperDiffusion does.

x_t = sqrt(a_t) x_0 + sqrt(1 - a_t) e (Ho et al. 2020, eq. 4); deterministic sampling (Song et al. 2021,
eq. 12 with eta = 0). Diffusion times are integers from 0, the least noise.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from zoetrope.diffusion.ode_solvers import OnStep

TRAIN_TIMESTEPS = 500
"""Diffusion times in training, as HyperDiffusion has them."""

Denoiser = Callable[[Tensor, Tensor], Tensor]
"""Function of x_t (B, ...) and times (B,), 0 .. 1, that returns the clean data."""


def alphas_cumprod(times: int = TRAIN_TIMESTEPS) -> Tensor:
    """Return a_t (times,) of the linear schedule; its betas are scaled to the number of times."""
    scale = 1000 / times
    betas = torch.linspace(1e-4 * scale, 0.02 * scale, times, dtype=torch.float64)
    return torch.cumprod(1 - betas, dim=0).float()


def add_noise(clean: Tensor, noise: Tensor, level: Tensor) -> Tensor:
    """Return x_t for data and noise (B, ...) and signal levels a_t (B,)."""
    level = level.view(-1, *[1] * (clean.dim() - 1))
    return level.sqrt() * clean + (1 - level).sqrt() * noise


def sampling_timesteps(steps: int, times: int = TRAIN_TIMESTEPS) -> list[int]:
    """Return the times that a sampler of so many steps visits, from the most noise to the least."""
    return [round((times - 1) * (1 - i / max(steps - 1, 1))) for i in range(steps)]


def ddim(denoise: Denoiser, x: Tensor, steps: int, on_step: OnStep | None = None) -> Tensor:
    """Sample from noise x (B, ...)."""
    levels, visited = alphas_cumprod().to(x.device), sampling_timesteps(steps)
    for i, time in enumerate(visited):
        level = levels[time]
        clean = denoise(x, torch.full((len(x),), time / TRAIN_TIMESTEPS, device=x.device))
        noise = (x - level.sqrt() * clean) / (1 - level).sqrt()
        following = levels[visited[i + 1]] if i + 1 < len(visited) else torch.ones_like(level)
        x = following.sqrt() * clean + (1 - following).sqrt() * noise
        if on_step is not None:
            on_step(i + 1, steps)
    return x
