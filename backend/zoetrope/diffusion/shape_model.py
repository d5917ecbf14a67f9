"""Shape diffusion: transformer over a body's shape tokens (the latent and one code per field layer)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from zoetrope.diffusion.standardiser import Standardiser
from zoetrope.diffusion.transformer import LabelEmbedding, Transformer


@dataclass(frozen=True)
class ShapeModelConfig:
    """Sizes of the shape transformer (DNF: width 1280, depth 32; this one samples in seconds on two cores).

    latent, layers, code : sizes of the tokens; categories : number of labels.
    """

    latent: int = 128
    layers: int = 9
    code: int = 16
    categories: int = 2
    width: int = 256
    depth: int = 5
    heads: int = 4
    dropout: float = 0.1


def split_shape_tokens(flat: Tensor, latent: int, code: int) -> tuple[Tensor, Tensor]:
    """Split flat tokens (B, Z + L C) into latents (B, Z) and codes (B, L, C)."""
    return flat[:, :latent], flat[:, latent:].reshape(len(flat), -1, code)


class ShapeModel(nn.Module):
    """Predict the velocity of standardised shape tokens, flattened as (latent, code of layer 0, ...)."""

    def __init__(self, config: ShapeModelConfig) -> None:
        super().__init__()
        self.config = config
        self.size = config.latent + config.layers * config.code
        self.standardiser = Standardiser(self.size)
        self.latent_in = nn.Linear(config.latent, config.width)
        self.code_in = nn.ModuleList([nn.Linear(config.code, config.width) for _ in range(config.layers)])
        self.position = nn.Parameter(0.02 * torch.randn(1 + config.layers, config.width))
        self.labels = LabelEmbedding(config.categories, 0, config.width)
        self.trunk = Transformer(config.width, config.depth, config.heads, config.dropout)
        self.latent_out = nn.Linear(config.width, config.latent)
        self.code_out = nn.ModuleList([nn.Linear(config.width, config.code) for _ in range(config.layers)])

    def split(self, flat: Tensor) -> tuple[Tensor, Tensor]:
        """Split flat tokens (B, size) into latents (B, Z) and codes (B, L, C)."""
        return split_shape_tokens(flat, self.config.latent, self.config.code)

    def forward(self, x: Tensor, t: Tensor, category: Tensor) -> Tensor:
        """Return the velocity (B, size).

        Parameters
        ----------
        x : (B, size) float
            Standardised tokens with noise.
        t : (B,) float
        category : (B,) int
            1-based; 0: unconditional.
        """
        latent, codes = self.split(x)
        tokens = [self.latent_in(latent)] + [f(codes[:, i]) for i, f in enumerate(self.code_in)]
        h = torch.stack(tokens, dim=1) + self.position  # (B, 1 + layers, width)
        h = self.trunk(h, t, self.labels(category, torch.zeros_like(category)))
        out = [self.latent_out(h[:, 0])] + [f(h[:, i + 1]) for i, f in enumerate(self.code_out)]
        return torch.cat(out, dim=-1).float()
