"""The transformer both diffusions use: pre-norm attention over tokens, AdaLN-single conditioning (PixArt)."""

import math

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional


def time_features(t: Tensor, channels: int) -> Tensor:
    """Sines and cosines of diffusion times t (B,) in 0..1 -> (B, channels)."""
    half = channels // 2
    frequencies = torch.exp(-math.log(1000.0) * torch.arange(half, device=t.device) / half)
    angles = 1000.0 * t[:, None] * frequencies
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


def plain_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Scaled dot-product attention over (B, H, N, C), each -> (B, H, N, C), as two products."""
    return (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).softmax(dim=-1) @ v


def attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The faster of two ways to the same: on a CPU torch's own has a slow backward pass over few tokens
    (`benchmarks/attention.py`).
    """
    if q.device.type == "cpu" and torch.is_grad_enabled():
        return plain_attention(q, k, v)
    return functional.scaled_dot_product_attention(q, k, v)


class Block(nn.Module):
    """Attention and feed-forward, each scaled, shifted and gated by the condition; the gates start at 0.

    The modulation is computed once for all blocks; a block only adds its own learned offset to it, which
    saves a third of the parameters.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norm_attention = nn.LayerNorm(width, elementwise_affine=False)
        self.norm_feed = nn.LayerNorm(width, elementwise_affine=False)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.feed = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(approximate="tanh"), nn.Linear(4 * width, width)
        )
        self.offset = nn.Parameter(torch.zeros(6 * width))

    def forward(self, x: Tensor, modulation: Tensor) -> Tensor:
        """x (B, N, W), modulation (B, 6 W) -> (B, N, W)."""
        parts = (modulation + self.offset)[:, None].chunk(6, dim=-1)
        shift1, scale1, gate1, shift2, scale2, gate2 = parts
        h = self.norm_attention(x) * (1 + scale1) + shift1
        q, k, v = rearrange(self.qkv(h), "b n (three h c) -> three b h n c", three=3, h=self.heads)
        h = rearrange(attention(q, k, v), "b h n c -> b n (h c)")
        x = x + gate1 * functional.dropout(self.out(h), self.dropout, self.training)
        h = self.norm_feed(x) * (1 + scale2) + shift2
        return x + gate2 * functional.dropout(self.feed(h), self.dropout, self.training)


class Neighbours(nn.Module):
    """Adds to every frame what its neighbours in time say, a channel at a time; begins as nothing.

    Attention must learn from its positions which frames are neighbours, and a small network then decides for
    each frame by itself: motion jumps. A convolution knows it (Gulati et al. 2020, section 2.2). The last
    frame of a loop is a neighbour of its first; a one-way clip stands still before and after.
    """

    def __init__(self, width: int, reach: int) -> None:
        super().__init__()
        self.reach = reach
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.kernel = nn.Parameter(torch.zeros(width, 1, 2 * reach + 1))

    def forward(self, x: Tensor, cyclic: Tensor) -> Tensor:
        """x (B, T, W) of frames, flags (B,) -> (B, T, W)."""
        h = rearrange(self.norm(x), "b t c -> b c t")
        pad = (self.reach, self.reach)
        around, on = functional.pad(h, pad, "circular"), functional.pad(h, pad, "replicate")
        h = torch.where((cyclic > 0.5)[:, None, None], around, on)
        mixed = functional.conv1d(h, self.kernel.to(h.dtype), groups=h.shape[1])
        return x + rearrange(mixed, "b c t -> b t c")


class Labels(nn.Module):
    """Embedding of category and action; index 0 means "not told" (dropped, or never labelled)."""

    def __init__(self, categories: int, actions: int, width: int) -> None:
        super().__init__()
        self.category = nn.Embedding(categories + 1, width)
        self.action = nn.Embedding(actions + 1, width)

    def forward(self, category: Tensor, action: Tensor) -> Tensor:
        """Indices (B,) and (B,), 1-based -> (B, width)."""
        return self.category(category) + self.action(action)


class Trunk(nn.Module):
    """Time and condition embedding, blocks, final norm; a reach in time mixes neighbouring frames."""

    def __init__(self, width: int, depth: int, heads: int, dropout: float, reach: int = 0) -> None:
        super().__init__()
        self.width = width
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.modulation = nn.Linear(width, 6 * width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)
        self.blocks = nn.ModuleList([Block(width, heads, dropout) for _ in range(depth)])
        self.neighbours = nn.ModuleList([Neighbours(width, reach) for _ in range(depth * bool(reach))])
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, t: Tensor, condition: Tensor, cyclic: Tensor | None = None) -> Tensor:
        """x (B, N, W), t (B,), condition (B, W) -> (B, N, W).

        With a reach in time the first of the N is no frame, and flags (B,) say which windows are loops.
        """
        modulation = self.modulation(functional.silu(self.time(time_features(t, self.width)) + condition))
        for i, block in enumerate(self.blocks):
            if self.neighbours and cyclic is not None:
                x = torch.cat([x[:, :1], self.neighbours[i](x[:, 1:], cyclic)], dim=1)
            x = block(x, modulation)
        return self.norm(x)
