"""Motion diffusion: transformer over a window of motion tokens, given shape, labels and some frames."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from zoetrope.diffusion.coloured_noise import ColouredNoise
from zoetrope.diffusion.standardiser import Standardiser
from zoetrope.diffusion.transformer import LabelEmbedding, Transformer

RIGID, TIMING = 6, 2
"""Channels of a frame's rigid transform, and of its clip's log duration and travel speed."""
HARMONICS = 16
"""Of the frames' position features: the highest is that of 32 frames a cycle, two frames a period."""


@dataclass(frozen=True)
class MotionModelConfig:
    """Sizes of the motion transformer.

    All tokens of a frame are projected to one vector and attention runs over frames; DNF's one vector per
    token costs ten times as much.

    frames : length of a window.
    latent, layers, code, extra : sizes of a frame's tokens, which are a motion latent, one code per field
    layer, and a rigid transform (6) with log duration and travel speed (2).
    shape : size of the shape latent; categories, actions : numbers of labels.
    clip_codes : whether a clip has the same codes in all frames.
    reach : half width in frames of a temporal convolution before each block; 0: none.
    """

    frames: int = 32
    latent: int = 128
    layers: int = 7
    code: int = 8
    extra: int = RIGID + TIMING
    shape: int = 128
    categories: int = 2
    actions: int = 10
    width: int = 256
    depth: int = 6
    heads: int = 4
    dropout: float = 0.1
    clip_codes: bool = False
    reach: int = 0

    @property
    def size(self) -> int:
        """Channels of a frame's token: latents, codes, rigid transform, timing, in this order."""
        return self.latent + self.layers * self.code + self.extra

    @property
    def latents(self) -> slice:
        """Channels of the motion latent."""
        return slice(0, self.latent)

    @property
    def codes(self) -> slice:
        """Channels of the codes, layer after layer."""
        return slice(self.latent, self.latent + self.layers * self.code)

    @property
    def rigid(self) -> slice:
        """Channels of the rotation vector (3) and translation (3), which no field reads."""
        return slice(self.codes.stop, self.codes.stop + RIGID)

    @property
    def timing(self) -> slice:
        """Channels of the log seconds of the window and the travel speed, which no field reads."""
        return slice(self.rigid.stop, self.size)


class MotionTokens(NamedTuple):
    """A clip's raw motion tokens (T, size) in parts."""

    latents: Tensor  # (T, latent)
    codes: Tensor  # (T, layers, code)
    rotations: Tensor  # (T, 3), rotation vectors
    translations: Tensor  # (T, 3), box units
    timing: Tensor  # (T, 2), log of the window's seconds, travel speed in body heights per second


class MotionModel(nn.Module):
    """Predict the velocity of standardised motion tokens (B, frames, size)."""

    def __init__(self, config: MotionModelConfig) -> None:
        super().__init__()
        self.config = config
        self.size = config.size
        self.standardiser = Standardiser(self.size)
        self.shape_standardiser = Standardiser(config.shape)
        self.noise = ColouredNoise(config.frames, self.size)
        width = config.width
        self.frame_in = nn.Linear(2 * self.size + 1, width)
        self.position = nn.Sequential(nn.Linear(2 * HARMONICS, width), nn.SiLU(), nn.Linear(width, width))
        self.shape_in = nn.Sequential(nn.Linear(config.shape, width), nn.SiLU(), nn.Linear(width, width))
        self.flags_in = nn.Linear(2, width)
        self.labels = LabelEmbedding(config.categories, config.actions, width)
        self.trunk = Transformer(width, config.depth, config.heads, config.dropout, config.reach)
        self.frame_out = nn.Linear(width, self.size)
        nn.init.zeros_(self.frame_out.weight)

    def average_clip_codes(self, tokens: Tensor) -> Tensor:
        """Return tokens (..., T, size) with codes averaged over time, if the config has `clip_codes`."""
        if not self.config.clip_codes:
            return tokens
        out = tokens.clone()
        out[..., self.config.codes] = tokens[..., self.config.codes].mean(-2, keepdim=True)
        return out

    def split(self, tokens: Tensor) -> MotionTokens:
        """Split raw tokens (T, size) into their parts."""
        config = self.config
        codes = tokens[:, config.codes].reshape(len(tokens), config.layers, config.code)
        rigid = tokens[:, config.rigid]
        return MotionTokens(
            tokens[:, config.latents], codes, rigid[:, :3], rigid[:, 3:], tokens[:, config.timing]
        )

    def frame_position(self, cyclic: Tensor) -> Tensor:
        """Return position features (B, frames, 2 * HARMONICS) for cyclic flags (B,).

        Sines and cosines of the cycle for a loop, so that its last frame is next to its first; cosines of the
        window for a one-way clip.
        """
        frames = self.config.frames
        k = torch.arange(1, HARMONICS + 1, device=cyclic.device)
        phase = torch.arange(frames, device=cyclic.device) / frames
        loop = 2 * torch.pi * phase[:, None] * k
        loop = torch.cat([loop.cos(), loop.sin()], dim=-1)
        one_way = torch.pi * (phase[:, None] + 0.5 / frames) * k
        one_way = torch.cat([one_way.cos(), 0 * one_way], dim=-1)
        return torch.where(cyclic.view(-1, 1, 1) > 0.5, loop, one_way)

    def forward(
        self,
        x: Tensor,
        t: Tensor,
        standard_shape_latents: Tensor,
        category: Tensor,
        action: Tensor,
        flags: Tensor,
        given: Tensor,
        given_mask: Tensor,
    ) -> Tensor:
        """Return the velocity (B, T, size) of a window.

        Parameters
        ----------
        x : (B, T, size) float
            Standardised motion tokens with noise.
        t : (B,) float
        standard_shape_latents : (B, shape) float
        category, action : (B,) int
            1-based; 0: unconditional.
        flags : (B, 2) float
            Cyclic; returns to its first pose.
        given : (B, T, size) float
            Standardised tokens of given frames, 0 elsewhere.
        given_mask : (B, T) float
            1 for given frames, else 0.
        """
        mask = given_mask[..., None]
        x = x * (1 - mask) + given * mask
        h = self.frame_in(torch.cat([x, given * mask, mask], dim=-1))
        h = h + self.position(self.frame_position(flags[:, 0]))
        shape_token = self.shape_in(standard_shape_latents)
        h = torch.cat([shape_token[:, None], h], dim=1)  # (B, 1 + T, width)
        condition = self.labels(category, action) + self.flags_in(flags) + shape_token
        out: Tensor = self.frame_out(self.trunk(h, t, condition, flags[:, 0])[:, 1:]).float()
        return out
