"""Palette diffusion: a creature's palette given its category and shape latent."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from zoetrope.diffusion.standardiser import Standardiser
from zoetrope.diffusion.transformer import LabelEmbedding, timestep_embedding


@dataclass(frozen=True)
class PaletteModelConfig:
    """Sizes of the palette model, a small perceptron: there are some tens of palettes to learn from."""

    palette: int = 24
    shape: int = 96
    categories: int = 2
    width: int = 128


class PaletteModel(nn.Module):
    """Predict the velocity of standardised palettes (B, P)."""

    def __init__(self, config: PaletteModelConfig) -> None:
        super().__init__()
        self.config = config
        self.standardiser = Standardiser(config.palette)
        self.shape_standardiser = Standardiser(config.shape)
        width = config.width
        self.labels = LabelEmbedding(config.categories, 0, width)
        self.shape_in = nn.Linear(config.shape, width)
        self.net = nn.Sequential(
            nn.Linear(config.palette + 2 * width, 2 * width),
            nn.SiLU(),
            nn.Linear(2 * width, 2 * width),
            nn.SiLU(),
            nn.Linear(2 * width, config.palette),
        )

    def forward(self, x: Tensor, t: Tensor, standard_shape_latents: Tensor, category: Tensor) -> Tensor:
        """Return the velocity (B, P).

        Parameters
        ----------
        x : (B, P) float
            Standardised palettes with noise.
        t : (B,) float
        standard_shape_latents : (B, Z) float
            0: unconditional.
        category : (B,) int
            1-based; 0: unconditional.
        """
        condition = self.labels(category, torch.zeros_like(category)) + self.shape_in(standard_shape_latents)
        times = timestep_embedding(t, self.config.width).to(x)
        out: Tensor = self.net(torch.cat([x, times, condition], dim=-1)).float()
        return out
