"""Diffusion over palettes: what a creature's colours are, given its category and, loosely, its body."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from zoetrope.diffusion.standardiser import Standardiser
from zoetrope.diffusion.transformer import Labels, time_features


@dataclass(frozen=True)
class PaletteModelConfig:
    """Sizes of the palette model: some tens of coats to learn from, so a small perceptron."""

    palette: int = 24
    shape: int = 96
    categories: int = 2
    width: int = 128


class PaletteModel(nn.Module):
    """Predicts the velocity of standardised palettes (B, P)."""

    def __init__(self, config: PaletteModelConfig) -> None:
        super().__init__()
        self.config = config
        self.standardiser = Standardiser(config.palette)
        self.shape_standardiser = Standardiser(config.shape)
        width = config.width
        self.labels = Labels(config.categories, 0, width)
        self.shape_in = nn.Linear(config.shape, width)
        self.net = nn.Sequential(
            nn.Linear(config.palette + 2 * width, 2 * width),
            nn.SiLU(),
            nn.Linear(2 * width, 2 * width),
            nn.SiLU(),
            nn.Linear(2 * width, config.palette),
        )

    def forward(self, x: Tensor, t: Tensor, shape: Tensor, category: Tensor) -> Tensor:
        """Velocity (B, P) of noised palettes.

        Parameters
        ----------
        x : (B, P) float, standardised and noised; t : (B,) float
        shape : (B, Z) float
            Standardised shape latents; 0 where the body is not told.
        category : (B,) int, 1-based; 0: not told
        """
        condition = self.labels(category, torch.zeros_like(category)) + self.shape_in(shape)
        times = time_features(t, self.config.width).to(x)
        out: Tensor = self.net(torch.cat([x, times, condition], dim=-1)).float()
        return out
