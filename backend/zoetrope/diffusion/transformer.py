"""Transformer of diffusions over tokens: pre-norm blocks with AdaLN-single conditioning (PixArt-alpha)."""

import math

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional


def timestep_embedding(t: Tensor, channels: int) -> Tensor:
    """Return the sinusoidal embedding (B, channels) of diffusion times t (B,) in 0..1."""
    half = channels // 2
    frequencies = torch.exp(-math.log(1000.0) * torch.arange(half, device=t.device) / half)
    angles = 1000.0 * t[:, None] * frequencies
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


def plain_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Return scaled dot-product attention (B, H, N, C) of q, k, v (B, H, N, C) as two matrix products."""
    return (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).softmax(dim=-1) @ v


def attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Return scaled dot-product attention by the faster implementation.

    When training on a CPU, torch's fused kernel has a slow backward pass for few tokens
    (`benchmarks/attention.py`).
    """
    if q.device.type == "cpu" and torch.is_grad_enabled():
        return plain_attention(q, k, v)
    return functional.scaled_dot_product_attention(q, k, v)


class Block(nn.Module):
    """Attention and feed-forward, each with scale, shift and gate from the condition; the gates start at 0.

    AdaLN-single: the modulation is computed once for all blocks and each block adds a learned offset to it,
    which saves a third of the parameters.
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
        """Return x (B, N, W) transformed, for a modulation (B, 6 W)."""
        modulation = (modulation + self.offset)[:, None]
        shift1, scale1, gate1, shift2, scale2, gate2 = modulation.chunk(6, dim=-1)
        h = self.norm_attention(x) * (1 + scale1) + shift1
        q, k, v = rearrange(self.qkv(h), "b n (three h c) -> three b h n c", three=3, h=self.heads)
        h = rearrange(attention(q, k, v), "b h n c -> b n (h c)")
        x = x + gate1 * functional.dropout(self.out(h), self.dropout, self.training)
        h = self.norm_feed(x) * (1 + scale2) + shift2
        return x + gate2 * functional.dropout(self.feed(h), self.dropout, self.training)


class TemporalConvolution(nn.Module):
    """Residual depthwise convolution over frames (Conformer, Gulati et al. 2020, section 2.2); starts at 0.

    Without it a small attention network treats frames too independently and motion jumps. Loops are padded
    circularly, one-way clips with their first and last frame.
    """

    def __init__(self, width: int, reach: int) -> None:
        super().__init__()
        self.reach = reach
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.kernel = nn.Parameter(torch.zeros(width, 1, 2 * reach + 1))

    def forward(self, x: Tensor, cyclic: Tensor) -> Tensor:
        """Return frames (B, T, W) convolved over time, for cyclic flags (B,)."""
        h = rearrange(self.norm(x), "b t c -> b c t")
        pad = (self.reach, self.reach)
        loop, one_way = functional.pad(h, pad, "circular"), functional.pad(h, pad, "replicate")
        h = torch.where((cyclic > 0.5)[:, None, None], loop, one_way)
        mixed = functional.conv1d(h, self.kernel.to(h.dtype), groups=h.shape[1])
        return x + rearrange(mixed, "b c t -> b t c")


class LabelEmbedding(nn.Module):
    """Sum of the embeddings of category and action; index 0 is the unconditional label."""

    def __init__(self, categories: int, actions: int, width: int) -> None:
        super().__init__()
        self.category = nn.Embedding(categories + 1, width)
        self.action = nn.Embedding(actions + 1, width)

    def forward(self, category: Tensor, action: Tensor) -> Tensor:
        """Return the embedding (B, width) of 1-based indices (B,) and (B,)."""
        return self.category(category) + self.action(action)


class Transformer(nn.Module):
    """Embedding of diffusion time and condition, blocks, final norm.

    reach : half width in frames of a temporal convolution before each block; 0: none.
    """

    def __init__(self, width: int, depth: int, heads: int, dropout: float, reach: int = 0) -> None:
        super().__init__()
        self.width = width
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.modulation = nn.Linear(width, 6 * width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)
        self.blocks = nn.ModuleList([Block(width, heads, dropout) for _ in range(depth)])
        self.neighbours = nn.ModuleList(
            [TemporalConvolution(width, reach) for _ in range(depth * bool(reach))]
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, t: Tensor, condition: Tensor, cyclic: Tensor | None = None) -> Tensor:
        """Return x (B, N, W) transformed.

        Parameters
        ----------
        x : (B, N, W) float
            With temporal convolutions: one token for the body, then the frames.
        t : (B,) float
            Diffusion times.
        condition : (B, W) float
        cyclic : (B,) float, optional
            Which windows are loops; needed for temporal convolutions.
        """
        modulation = self.modulation(
            functional.silu(self.time(timestep_embedding(t, self.width)) + condition)
        )
        for i, block in enumerate(self.blocks):
            if self.neighbours and cyclic is not None:
                x = torch.cat([x[:, :1], self.neighbours[i](x[:, 1:], cyclic)], dim=1)
            x = block(x, modulation)
        return self.norm(x)
