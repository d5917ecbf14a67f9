"""Denoising diffusion with prediction of the clean data, sampled by DDIM: as HyperDiffusion does.

x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) e (Ho et al. 2020, eq. 4); deterministic sampling (Song et
al. 2021, eq. 12 with eta = 0). Timesteps are integers from 0, the least noise.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from zoetrope.diffusion.ode_solvers import OnStep

TRAIN_TIMESTEPS = 500
"""In training, as HyperDiffusion has them."""

Denoiser = Callable[[Tensor, Tensor], Tensor]
"""Function of x_t (B, ...) and diffusion times (B,) 0 .. 1 that returns the clean data."""


def alphas_cumprod(timesteps: int = TRAIN_TIMESTEPS) -> Tensor:
    """Return alpha_bar_t (timesteps,) of the linear schedule; its betas are scaled to their number."""
    scale = 1000 / timesteps
    betas = torch.linspace(1e-4 * scale, 0.02 * scale, timesteps, dtype=torch.float64)
    return torch.cumprod(1 - betas, dim=0).float()


def add_noise(clean: Tensor, noise: Tensor, alpha_bar: Tensor) -> Tensor:
    """Return x_t for data and noise (B, ...) and alpha_bar_t (B,)."""
    alpha_bar = alpha_bar.view(-1, *[1] * (clean.dim() - 1))
    return alpha_bar.sqrt() * clean + (1 - alpha_bar).sqrt() * noise


def sampling_timesteps(steps: int, timesteps: int = TRAIN_TIMESTEPS) -> list[int]:
    """Return the timesteps that a sampler of so many steps visits, from the most noise to the least."""
    return [round((timesteps - 1) * (1 - i / max(steps - 1, 1))) for i in range(steps)]


def ddim(denoise: Denoiser, x: Tensor, steps: int, on_step: OnStep | None = None) -> Tensor:
    """Sample from noise x (B, ...)."""
    alpha_bars, visited = alphas_cumprod().to(x.device), sampling_timesteps(steps)
    for i, timestep in enumerate(visited):
        alpha_bar = alpha_bars[timestep]
        clean = denoise(x, torch.full((len(x),), timestep / TRAIN_TIMESTEPS, device=x.device))
        noise = (x - alpha_bar.sqrt() * clean) / (1 - alpha_bar).sqrt()
        following = alpha_bars[visited[i + 1]] if i + 1 < len(visited) else torch.ones_like(alpha_bar)
        x = following.sqrt() * clean + (1 - following).sqrt() * noise
        if on_step is not None:
            on_step(i + 1, steps)
    return x
