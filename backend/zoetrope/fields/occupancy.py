"""Occupancy field of HyperDiffusion (ICCV 2023, section 3.1): one small MLP a clip, or a body.

The MLP maps a point (x, y, z), or (x, y, z, t) of a clip, to the logit of being inside. Only the positional
encoding depends on the number of dimensions. The weights of many MLPs are rows of one matrix and are
evaluated together by batched matrix products.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from zoetrope.fields.dense import dense
from zoetrope.fields.encoding import encode, encoded_size


@dataclass(frozen=True)
class OccupancyConfig:
    """Sizes of an occupancy MLP.

    dimensions : 3 for bodies, 4 for clips.
    width, depth : hidden channels, hidden layers.
    octaves : frequencies of the positional encoding.
    frequency : of the first octave, radians a box unit; the published code has 1, NeRF pi.
    time_scale : factor on t, which runs from -1 to 1, before it is encoded.
    """

    dimensions: int = 4
    width: int = 128
    depth: int = 3
    octaves: int = 4
    frequency: float = 1.0
    time_scale: float = 1.0

    @property
    def encoded(self) -> int:
        """Channels of an encoded point."""
        return encoded_size(self.octaves, self.dimensions)

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Outputs and inputs of each layer."""
        outs = [self.width] * self.depth + [1]
        ins = [self.encoded] + [self.width] * self.depth
        return list(zip(outs, ins, strict=True))

    @property
    def parameters(self) -> int:
        """Weights and biases of one MLP."""
        return sum(outs * (ins + 1) for outs, ins in self.shapes)

    @property
    def tensor_sizes(self) -> list[int]:
        """Sizes of weight and bias of each layer in turn: the tokens of HyperDiffusion."""
        return [size for outs, ins in self.shapes for size in (outs * ins, outs)]


def frame_times(frames: int) -> np.ndarray:
    """Return the fourth coordinates of a clip's frames (T,): from -1 at the first to 1 at the last."""
    return np.linspace(-1.0, 1.0, frames) if frames > 1 else np.zeros(1)


def initial_weights(config: OccupancyConfig, generator: torch.Generator) -> Tensor:
    """Return the flattened weights (P,) of an untrained MLP, initialised as `torch.nn.Linear`."""
    parts = []
    for outs, ins in config.shapes:
        bound = 1 / math.sqrt(ins)
        parts.append((2 * torch.rand(outs * (ins + 1), generator=generator) - 1) * bound)
    return torch.cat(parts)


def layers(config: OccupancyConfig, flat: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Return weights (B, O, I) and biases (B, O) of each layer of flattened MLPs (B, P)."""
    found, start = [], 0
    for outs, ins in config.shapes:
        weight = flat[:, start : start + outs * ins].unflatten(1, (outs, ins))
        bias = flat[:, start + outs * ins : start + outs * (ins + 1)]
        found.append((weight, bias))
        start += outs * (ins + 1)
    return found


def occupancy_logits(config: OccupancyConfig, flat: Tensor, points: Tensor) -> Tensor:
    """Evaluate MLPs.

    Parameters
    ----------
    flat : (B, P) float
        Flattened weights.
    points : (B, N, dimensions) float
        Of each MLP.

    Returns
    -------
    (B, N) float
        Positive inside.
    """
    if config.dimensions == 4:
        points = torch.cat([points[..., :3], config.time_scale * points[..., 3:]], dim=-1)
    hidden = encode(points, config.octaves, config.frequency)
    last = config.depth
    for i, (weight, bias) in enumerate(layers(config, flat)):
        hidden = dense(hidden, weight, bias[:, None], relu=i < last)
    return hidden[..., 0]
