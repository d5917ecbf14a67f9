"""Exponential moving average of a module's weights."""

import copy
from typing import cast

import torch
from torch import nn


class Average(nn.Module):
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

    def train(self, mode: bool = True) -> "Average":
        """Stay in evaluation mode: the average is never trained."""
        return super().train(False)
