"""Losses and regularisers that several stages share."""

from collections.abc import Sequence

import torch
from torch import Tensor

CLAMP = 0.1
"""Box units. Beyond this distance only the sign, and being at least this far, are trained."""
ORTHOGONALITY = 1e-3
"""Weight of the loss that keeps the residual's vectors orthonormal (DNF section 3)."""


def distance_loss(predicted: Tensor, target: Tensor) -> Tensor:
    """L1 of signed distances within `CLAMP`, beyond it a hinge.

    DeepSDF and DNF clamp prediction and target, which leaves no gradient where the prediction is wrongly far
    from the surface.
    """
    near = (predicted - target).abs()
    far = (CLAMP - target.sign() * predicted).clamp_min(0)
    return torch.where(target.abs() < CLAMP, near, far).mean()


def add_embedding_noise(values: Tensor, share: float) -> Tensor:
    """Add Gaussian noise to embeddings (B, ...), its deviation a share of their own over the batch.

    Embeddings trained with noise still decode when a diffusion samples them inexactly.
    """
    if share == 0:
        return values
    return values + share * values.detach().std(0, keepdim=True) * torch.randn_like(values)


@torch.no_grad()
def creature_means(codes: Tensor, creatures: Tensor, count: int) -> Tensor:
    """Return the mean code (K, D) of each of `count` creatures for codes (N, D) of creatures (N,)."""
    total = codes.new_zeros(count, codes.shape[1]).index_add_(0, creatures, codes)
    return total / torch.bincount(creatures, minlength=count).clamp_min(1)[:, None]


def within_creature_loss(code: Tensor, mean: Tensor) -> Tensor:
    """Return the mean squared distance of codes (B, ...) from the mean codes of their creatures (B, D).

    Without this prior, codes of one creature's clips differ by noise wherever the field hardly
    depends on them, and a diffusion has to model that noise.
    """
    return (code.flatten(1) - mean).square().sum(-1).mean()


def part_weights(sizes: Sequence[int], shares: Sequence[float]) -> Tensor:
    """Return loss weights (sum of sizes,) of mean 1 that give each part of a token its share of the loss.

    Parts differ in what their errors do to the surface (`studies/token_sensitivity`): those of latents break
    legs, those of as many codes are hardly visible, those of the six numbers of the rigid transform move the
    whole body. Parts of size 0 leave their share to the others.
    """
    parts = [(size, share) for size, share in zip(sizes, shares, strict=True) if size]
    total, whole = sum(size for size, _ in parts), sum(share for _, share in parts)
    return torch.cat([torch.full((size,), share / whole * total / size) for size, share in parts])
