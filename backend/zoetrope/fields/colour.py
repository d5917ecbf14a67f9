"""Colour field: shape latent + point -> a region of the surface; a palette colours the regions.

Separate from the shape field, so that one body can be shown with another palette.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from zoetrope.fields.colour_regions import REGION_COUNT
from zoetrope.fields.encoding import encode, encoded_size
from zoetrope.fields.mlp import FieldMLP


@dataclass(frozen=True)
class ColourFieldConfig:
    """Sizes of the colour field.

    palette : numbers of a palette; with regions, three each.
    regions : how many there are; 0 for a field that predicts colours from the palette directly.
    """

    width: int = 128
    depth: int = 4
    shape_latent: int = 96
    palette: int = 3 * REGION_COUNT
    octaves: int = 5
    regions: int = 0


class ColourField(nn.Module):
    """sRGB colour of the surface at rest."""

    def __init__(self, config: ColourFieldConfig) -> None:
        super().__init__()
        self.config = config
        latent = config.shape_latent + (0 if config.regions else config.palette)
        out = config.regions or 3
        self.mlp = FieldMLP(encoded_size(config.octaves), latent, config.width, config.depth, out)

    def logits(self, points: Tensor, shape: Tensor) -> Tensor:
        """Return the regions' logits (B, N, K) of points (B, N, 3) and shape latents (B, Z)."""
        return self.mlp(encode(points, self.config.octaves), shape).float()

    def forward(self, points: Tensor, shape: Tensor, palette: Tensor) -> Tensor:
        """Return colours (B, N, 3) in 0..1 of points (B, N, 3), shape latents (B, Z), palettes (B, P)."""
        if self.config.regions:
            colours = palette.reshape(len(palette), self.config.regions, 3).clamp(0, 1)
            return self.logits(points, shape).softmax(dim=-1) @ colours
        latent = torch.cat([shape, palette], dim=-1)
        return self.mlp(encode(points, self.config.octaves), latent).float().sigmoid()
