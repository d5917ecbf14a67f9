"""Positional encoding of coordinates (NeRF, as used by NPMs and DNF)."""

import math

import torch
from torch import Tensor


def encoded_size(octaves: int, dimensions: int = 3) -> int:
    """Return the number of channels that `encode` gives."""
    return dimensions * (1 + 2 * octaves)


def encode(points: Tensor, octaves: int, frequency: float = math.pi) -> Tensor:
    """Concatenate points with the sines and cosines of frequency * 2^i * x.

    Parameters
    ----------
    points : (..., D) float
        Box coordinates in [-1, 1].
    octaves : int
        Number of frequencies: frequency * 2^0 .. frequency * 2^(octaves - 1).
    frequency : float
        Of the first octave, radians a box unit.

    Returns
    -------
    (..., D (1 + 2 octaves)) float
    """
    frequencies = frequency * 2.0 ** torch.arange(octaves, device=points.device, dtype=points.dtype)
    angles = (points[..., None, :] * frequencies[:, None]).flatten(-2)
    return torch.cat([points, angles.sin(), angles.cos()], dim=-1)
