"""Diffusion over a window of motion tokens, given the shape's tokens, labels and which frames are known."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from zoetrope.diffusion.noise import MotionNoise
from zoetrope.diffusion.standardiser import Standardiser
from zoetrope.diffusion.transformer import Labels, Trunk


@dataclass(frozen=True)
class MotionModelConfig:
    """Sizes of the motion transformer.

    A frame's tokens (latent, one code a layer, rigid transform, duration and speed) are projected into one
    stream a frame and attention runs over frames: ten times cheaper than a stream a token, which a
    two-core machine could not train in the recipe's minutes.

    clip_codes : the codes are the same in all frames.
    reach : so many frames to each side are a frame's neighbours for a convolution before each block; 0: none.
    """

    frames: int = 32
    latent: int = 128
    layers: int = 7
    code: int = 8
    extra: int = 8
    shape: int = 128
    categories: int = 2
    actions: int = 10
    width: int = 256
    depth: int = 6
    heads: int = 4
    dropout: float = 0.1
    clip_codes: bool = False
    reach: int = 0


class MotionModel(nn.Module):
    """Predicts the velocity of standardised motion tokens (B, frames, size)."""

    frame_features: Tensor

    def __init__(self, config: MotionModelConfig) -> None:
        super().__init__()
        self.config = config
        self.size = config.latent + config.layers * config.code + config.extra
        self.standardiser = Standardiser(self.size)
        self.shape_standardiser = Standardiser(config.shape)
        self.noise = MotionNoise(config.frames, self.size)
        width = config.width
        self.frame_in = nn.Linear(2 * self.size + 1, width)
        self.position = nn.Sequential(nn.Linear(2 * 16, width), nn.SiLU(), nn.Linear(width, width))
        self.shape_in = nn.Sequential(nn.Linear(config.shape, width), nn.SiLU(), nn.Linear(width, width))
        self.flags_in = nn.Linear(2, width)
        self.labels = Labels(config.categories, config.actions, width)
        self.trunk = Trunk(width, config.depth, config.heads, config.dropout, config.reach)
        self.frame_out = nn.Linear(width, self.size)
        nn.init.zeros_(self.frame_out.weight)

    def with_clip_codes(self, tokens: Tensor) -> Tensor:
        """Tokens (..., T, size) with the codes at their mean over time, where they belong to the clip."""
        if not self.config.clip_codes:
            return tokens
        first = self.config.latent
        codes = tokens[..., first : -self.config.extra].mean(-2, keepdim=True)
        codes = codes.expand(*tokens.shape[:-1], -1)
        return torch.cat([tokens[..., :first], codes, tokens[..., -self.config.extra :]], dim=-1)

    def frame_position(self, cyclic: Tensor) -> Tensor:
        """Position of every frame for cyclic flags (B,): harmonics of the cycle, or of the open window.

        Returns (B, frames, 32): a loop's last frame is a neighbour of its first, a one-way clip's is not.
        """
        frames = self.config.frames
        k = torch.arange(1, 17, device=cyclic.device)
        place = torch.arange(frames, device=cyclic.device) / frames
        loop = 2 * torch.pi * place[:, None] * k
        loop = torch.cat([loop.cos(), loop.sin()], dim=-1)
        open_ = torch.pi * (place[:, None] + 0.5 / frames) * k
        open_ = torch.cat([open_.cos(), 0 * open_], dim=-1)
        return torch.where(cyclic.view(-1, 1, 1) > 0.5, loop, open_)

    def forward(
        self,
        x: Tensor,
        t: Tensor,
        shape: Tensor,
        category: Tensor,
        action: Tensor,
        flags: Tensor,
        known: Tensor,
        mask: Tensor,
    ) -> Tensor:
        """Velocity of a noised window.

        Parameters
        ----------
        x : (B, T, size) float
            Standardised and noised motion tokens.
        t : (B,) float
        shape : (B, shape) float
            Standardised shape latent of the body that moves.
        category, action : (B,) int
            1-based; 0: not told.
        flags : (B, 2) float
            Cyclic; returns to its start.
        known : (B, T, size) float
            Clean tokens of the known frames, 0 elsewhere.
        mask : (B, T) float
            1 where the frame is known.
        """
        mask = mask[..., None]
        x = x * (1 - mask) + known * mask
        h = self.frame_in(torch.cat([x, known * mask, mask], dim=-1))
        h = h + self.position(self.frame_position(flags[:, 0]))
        shape_token = self.shape_in(shape)
        h = torch.cat([shape_token[:, None], h], dim=1)  # (window, 1 + frame, channel)
        condition = self.labels(category, action) + self.flags_in(flags) + shape_token
        out: Tensor = self.frame_out(self.trunk(h, t, condition, flags[:, 0])[:, 1:]).float()
        return out
