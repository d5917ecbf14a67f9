"""Positional encoding of coordinates (NeRF, as used by NPMs and DNF)."""

import math

import torch
from torch import Tensor


def encoded_size(octaves: int) -> int:
    """Return the number of channels that `encode` gives for 3D points."""
    return 3 + 6 * octaves


def encode(points: Tensor, octaves: int) -> Tensor:
    """Concatenate points with the sines and cosines of pi * 2^i * x.

    Parameters
    ----------
    points : (..., 3) float
        Box coordinates in [-1, 1].
    octaves : int
        Number of frequencies: pi * 2^0 .. pi * 2^(octaves - 1).

    Returns
    -------
    (..., 3 + 6 * octaves) float
    """
    frequencies = math.pi * 2.0 ** torch.arange(octaves, device=points.device, dtype=points.dtype)
    angles = (points[..., None, :] * frequencies[:, None]).flatten(-2)
    return torch.cat([points, angles.sin(), angles.cos()], dim=-1)
