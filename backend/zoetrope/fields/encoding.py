"""Coordinate encoding of the fields (NeRF's, as DNF and its ancestor NPMs use it)."""

import math

import torch
from torch import Tensor


def encoded_size(octaves: int) -> int:
    """Channels that `encode` returns for 3D points."""
    return 3 + 6 * octaves


def encode(points: Tensor, octaves: int) -> Tensor:
    """Encode points as themselves and sines and cosines of pi * 2^i * x.

    Parameters
    ----------
    points : (..., 3) float
        Box coordinates in [-1, 1].
    octaves : int
        Number of frequencies, 2^0 .. 2^(octaves - 1), times pi.

    Returns
    -------
    (..., 3 + 6 * octaves) float
    """
    frequencies = math.pi * 2.0 ** torch.arange(octaves, device=points.device, dtype=points.dtype)
    angles = (points[..., None, :] * frequencies[:, None]).flatten(-2)
    return torch.cat([points, angles.sin(), angles.cos()], dim=-1)
