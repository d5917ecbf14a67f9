"""Colour field: shape latent + palette + point -> colour.

Separate from the shape field, so that one body can be shown with another palette.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from zoetrope.fields.encoding import encode, encoded_size
from zoetrope.fields.mlp import FieldMLP


@dataclass(frozen=True)
class ColourFieldConfig:
    """Sizes of the colour field.

    palette : size of the colour latent, which is independent of the body.
    """

    width: int = 128
    depth: int = 4
    shape_latent: int = 96
    palette: int = 24
    octaves: int = 5


class ColourField(nn.Module):
    """sRGB colour of the surface at rest."""

    def __init__(self, config: ColourFieldConfig) -> None:
        super().__init__()
        self.config = config
        latent = config.shape_latent + config.palette
        self.mlp = FieldMLP(encoded_size(config.octaves), latent, config.width, config.depth, 3)

    def forward(self, points: Tensor, shape: Tensor, palette: Tensor) -> Tensor:
        """Return colours (B, N, 3) in 0..1 of points (B, N, 3), shape latents (B, Z), palettes (B, P)."""
        latent = torch.cat([shape, palette], dim=-1)
        return self.mlp(encode(points, self.config.octaves), latent).float().sigmoid()
