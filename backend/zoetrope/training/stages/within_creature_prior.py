"""Structure in the codes: those of one creature's bodies, or clips, are drawn to their mean.

A code's own prior leaves it noise wherever the field hardly asks, and a diffusion must draw that noise.
"""

import torch
from torch import Tensor


@torch.no_grad()
def means(codes: Tensor, creatures: Tensor, count: int) -> Tensor:
    """Mean code (K, D) of each of so many creatures, codes (N, D) being those of creatures (N,)."""
    total = codes.new_zeros(count, codes.shape[1]).index_add_(0, creatures, codes)
    return total / torch.bincount(creatures, minlength=count).clamp_min(1)[:, None]


def apart(code: Tensor, mean: Tensor) -> Tensor:
    """Mean over a batch of the squared distance of codes (B, ...) from their creatures' means (B, D)."""
    return (code.flatten(1) - mean).square().sum(-1).mean()
