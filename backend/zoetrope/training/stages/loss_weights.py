"""How much the parts of a token weigh in a diffusion's loss: by what their errors do, not by their numbers.

A standardised token has some hundred numbers of codes whose errors hardly move the surface, as many of
latents whose errors break legs, and of the motion six of the rigid transform whose errors move the whole
body (`zoetrope.evaluation.sensitivity` measures it). Equal weights would spend a small network on the codes.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def emphasis(sizes: Sequence[int], shares: Sequence[float]) -> Tensor:
    """Weights (sum of sizes,) of mean 1 that give each part, of so many numbers, its share of the loss."""
    there = [(size, share) for size, share in zip(sizes, shares, strict=True) if size]
    total, whole = sum(size for size, _ in there), sum(share for _, share in there)
    return torch.cat([torch.full((size,), share / whole * total / size) for size, share in there])
