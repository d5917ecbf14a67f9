"""The ODE sampler: integrate a velocity from noise at t = 1 to data at t = 0."""

from collections.abc import Callable

import torch
from torch import Tensor

from zoetrope.diffusion.flow_matching import Velocity

OnStep = Callable[[int, int], None]
"""Called with (steps done, steps) after each step; may raise to cancel."""


def schedule(steps: int) -> Tensor:
    """Return times (steps + 1,) from 1 to 0, denser towards both ends, where the path is most curved."""
    u = torch.linspace(1.0, 0.0, steps + 1)
    return 0.5 * (1 - torch.cos(torch.pi * u)) * 0.5 + 0.5 * u


def adams_bashforth(velocity: Velocity, x: Tensor, steps: int, on_step: OnStep | None = None) -> Tensor:
    """Second-order variable-step Adams-Bashforth: one evaluation per step (compare DPM-Solver++ 2M)."""
    times = schedule(steps)
    previous: Tensor | None = None
    for i in range(steps):
        h = times[i + 1] - times[i]
        v = velocity(x, times[i].expand(len(x)))
        if previous is None:
            x = x + h * v
        else:
            ratio = 0.5 * h / (times[i] - times[i - 1])
            x = x + h * ((1 + ratio) * v - ratio * previous)
        previous = v
        if on_step is not None:
            on_step(i + 1, steps)
    return x
