"""Rotation vectors as differentiable matrices."""

import torch
from torch import Tensor


def rotation_matrices(vectors: Tensor) -> Tensor:
    """Return the matrices (..., 3, 3) of rotation vectors (..., 3) (Rodrigues' formula)."""
    angle = vectors.norm(dim=-1, keepdim=True).clamp_min(1e-8)
    x, y, z = (vectors / angle).unbind(-1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).reshape(*x.shape, 3, 3)
    sine, cosine = angle.sin()[..., None], angle.cos()[..., None]
    return torch.eye(3) + sine * cross + (1 - cosine) * (cross @ cross)
