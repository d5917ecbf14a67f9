"""Exponential moving average of a module's weights, and the stage that trains a diffusion towards one."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import torch
from torch import Tensor, nn

from zoetrope.training.run.loop import Progress, run_stage

Model = TypeVar("Model", bound=nn.Module)


class ExponentialMovingAverage(nn.Module):
    """Holds the averaged copy; `update` after every optimiser step."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        super().__init__()
        self.module = cast(nn.Module, copy.deepcopy(module)).requires_grad_(False).eval()
        self.decay = decay
        self.updates: torch.Tensor
        self.register_buffer("updates", torch.tensor(0))

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move towards the module; the decay grows from 0 so that the start is forgotten."""
        self.updates.add_(1)
        decay = min(self.decay, float(1 - 1 / (1 + 0.1 * self.updates)))
        for mine, theirs in zip(self.module.parameters(), module.parameters(), strict=True):
            mine.lerp_(theirs, 1 - decay)
        for kept, given in zip(self.module.buffers(), module.buffers(), strict=True):
            kept.copy_(given)

    def train(self, mode: bool = True) -> "ExponentialMovingAverage":
        """Stay in evaluation mode: the average is never trained."""
        return super().train(False)


def train_with_ema(
    name: str,
    model: Model,
    loss_of: Callable[[torch.Generator], Tensor],
    *,
    steps: int,
    rate: float,
    ema: float,
    seed: int,
    folder: Path,
    progress: Progress | None,
) -> Model:
    """Run a diffusion's stage with AdamW, from whatever the model knows; returns its average."""
    average = ExponentialMovingAverage(model, ema)
    run_stage(
        name,
        folder,
        steps,
        seed,
        {"model": model, "average": average},
        {"model": torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)},
        loss_of,
        after_step=lambda: average.update(model),
        progress=progress,
    )
    return cast(Model, average.module)
