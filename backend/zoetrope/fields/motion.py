"""Motion field: shape latent + motion latent + rest point -> offset from the rest pose (DNF section 3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from zoetrope.fields.encoding import encode, encoded_size
from zoetrope.fields.mlp import FieldMLP

OFFSET_SCALE = 0.1
"""Box units of an offset for each unit of the network's output. The root mean square offset of a training
clip is 0.07 in the median, 0.02 to 0.19 for nine in ten, so outputs are of order one."""


@dataclass(frozen=True)
class MotionFieldConfig:
    """Sizes of the motion field (DNF: width 1024, depth 8, latents 384 + 384, octaves 8)."""

    width: int = 256
    depth: int = 6
    shape_latent: int = 128
    latent: int = 128
    octaves: int = 5


class MotionField(nn.Module):
    """Offset of a rest-pose point in one frame, before that frame's rigid transform (box units)."""

    def __init__(self, config: MotionFieldConfig) -> None:
        super().__init__()
        self.config = config
        latent = config.shape_latent + config.latent
        self.mlp = FieldMLP(encoded_size(config.octaves), latent, config.width, config.depth, 3)

    def forward(
        self, points: Tensor, shape: Tensor, motion: Tensor, weights: Sequence[Tensor] | None = None
    ) -> Tensor:
        """Return the offsets of rest points in one frame.

        Parameters
        ----------
        points : (B, N, 3) float
            Box coordinates at rest.
        shape, motion : (B, Zs) and (B, Zm) float
            Latents of the body and of the frame.
        weights : sequence of (W, O, I) float, optional
            Weights composed by the dictionary, see `FieldMLP.forward`.

        Returns
        -------
        (B, N, 3) float
            Box units.
        """
        latent = torch.cat([shape, motion], dim=-1)
        return OFFSET_SCALE * self.mlp(encode(points, self.config.octaves), latent, weights).float()
