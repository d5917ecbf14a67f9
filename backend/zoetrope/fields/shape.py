"""Shape field: shape latent + point -> signed distance and colour (DNF section 3.1)."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from zoetrope.fields.encoding import encode, encoded_size
from zoetrope.fields.mlp import FieldMLP


@dataclass(frozen=True)
class ShapeFieldConfig:
    """Sizes of the shape field (DNF: width 512, depth 8, latent 384, octaves 8).

    colour : it gives colours too; without, they come from a `ColourField`.
    """

    width: int = 256
    depth: int = 8
    latent: int = 128
    octaves: int = 7
    colour: bool = True


class ShapeField(nn.Module):
    """Signed distance (negative inside, box units) and sRGB colour of one creature's rest pose."""

    def __init__(self, config: ShapeFieldConfig) -> None:
        super().__init__()
        self.config = config
        out = 4 if config.colour else 1
        self.mlp = FieldMLP(encoded_size(config.octaves), config.latent, config.width, config.depth, out)

    def forward(
        self, points: Tensor, latent: Tensor, weights: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Evaluate at points (B, N, 3) for latents (B, Z).

        Returns distances (B, N) and colours (B, N, 3) in 0..1; (B, N, 0) of a field without.
        """
        out = self.mlp(encode(points, self.config.octaves), latent, weights).float()
        # A fresh network then starts with distances of the size of the training clamp.
        return 0.1 * out[..., 0], out[..., 1:].sigmoid()
