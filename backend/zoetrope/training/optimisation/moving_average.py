"""Exponential moving average of a module's parameters."""

import copy
from typing import cast

import torch
from torch import nn


class ExponentialMovingAverage(nn.Module):
    """An averaged copy of a module; call `update` after every optimiser step.

    Parameters
    ----------
    module : nn.Module
    decay : float
        Of the average after warm-up: it grows from 0, so that the initial parameters are forgotten.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        super().__init__()
        self.module = cast(nn.Module, copy.deepcopy(module)).requires_grad_(False).eval()
        self.decay = decay
        self.updates: torch.Tensor
        self.register_buffer("updates", torch.tensor(0))

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move the average towards the module's parameters; copy its buffers."""
        self.updates.add_(1)
        decay = min(self.decay, float(1 - 1 / (1 + 0.1 * self.updates)))
        for average, current in zip(self.module.parameters(), module.parameters(), strict=True):
            average.lerp_(current, 1 - decay)
        for copied, current_buffer in zip(self.module.buffers(), module.buffers(), strict=True):
            copied.copy_(current_buffer)

    def train(self, mode: bool = True) -> "ExponentialMovingAverage":
        """Stay in evaluation mode: the average is never trained."""
        return super().train(False)
