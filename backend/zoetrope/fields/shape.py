"""Shape field: shape latent + point -> signed distance (DNF section 3.1)."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from zoetrope.fields.encoding import encode, encoded_size
from zoetrope.fields.mlp import FieldMLP


@dataclass(frozen=True)
class ShapeFieldConfig:
    """Sizes of the shape field (DNF: width 512, depth 8, latent 384, octaves 8)."""

    width: int = 256
    depth: int = 8
    latent: int = 128
    octaves: int = 7


class ShapeField(nn.Module):
    """Signed distance (negative inside, box units) of one creature's rest pose."""

    def __init__(self, config: ShapeFieldConfig) -> None:
        super().__init__()
        self.config = config
        self.mlp = FieldMLP(encoded_size(config.octaves), config.latent, config.width, config.depth, 1)

    def forward(self, points: Tensor, latent: Tensor, weights: Sequence[Tensor] | None = None) -> Tensor:
        """Return signed distances (B, N).

        Parameters
        ----------
        points : (B, N, 3) float
            Box coordinates.
        latent : (B, Z) float
        weights : sequence of (W, O, I) float, optional
            Weights composed by the dictionary, see `FieldMLP.forward`.
        """
        out: Tensor = self.mlp(encode(points, self.config.octaves), latent, weights).float()
        # An untrained network then starts with distances of the size of the training clamp.
        return 0.1 * out[..., 0]
