"""Colour field: shape latent + point -> a region of the surface; a palette colours the regions.

Separate from the shape field, so that one body can be shown with another palette.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from zoetrope.fields.encoding import encode, encoded_size
from zoetrope.fields.mlp import FieldMLP


@dataclass(frozen=True)
class ColourFieldConfig:
    """Sizes of the colour field.

    regions : how many there are, each with a colour in the palette.
    """

    width: int
    depth: int
    shape_latent: int
    octaves: int
    regions: int


class ColourField(nn.Module):
    """sRGB colour of the surface at rest."""

    def __init__(self, config: ColourFieldConfig) -> None:
        super().__init__()
        self.config = config
        inputs = encoded_size(config.octaves)
        self.mlp = FieldMLP(inputs, config.shape_latent, config.width, config.depth, config.regions)

    def logits(self, points: Tensor, shape: Tensor) -> Tensor:
        """Return the regions' logits (B, N, K) of points (B, N, 3) and shape latents (B, Z)."""
        return self.mlp(encode(points, self.config.octaves), shape).float()

    def forward(self, points: Tensor, shape: Tensor, palette: Tensor) -> Tensor:
        """Return colours (B, N, 3) in 0..1 of points (B, N, 3), shape latents (B, Z), palettes (B, 3 K)."""
        colours = palette.reshape(len(palette), self.config.regions, 3).clamp(0, 1)
        return self.logits(points, shape).softmax(dim=-1) @ colours
