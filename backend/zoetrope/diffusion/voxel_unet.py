"""3D U-Net over occupancy grids, 16 frames of 24^3 cells: the baseline of HyperDiffusion's table.

The frames are channels. The first convolution halves the grid, which is what makes it affordable without a
GPU.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from zoetrope.diffusion.transformer import LabelEmbedding, timestep_embedding

GROUPS = 8
"""Of every group normalisation."""


@dataclass(frozen=True)
class VoxelModelConfig:
    """Sizes of the U-Net.

    frames, cells : of a clip, and along a side of its grid.
    width : channels at half the cells, a multiple of 8; twice as many at a quarter.
    categories, actions : number of labels.
    """

    frames: int = 16
    cells: int = 24
    width: int = 64
    categories: int = 0
    actions: int = 0


class _Block(nn.Module):
    """Two convolutions with group normalisation, scaled and shifted by the condition; residual."""

    def __init__(self, inputs: int, outputs: int, condition: int) -> None:
        super().__init__()
        self.norm_in, self.norm_out = nn.GroupNorm(GROUPS, inputs), nn.GroupNorm(GROUPS, outputs)
        self.conv_in = nn.Conv3d(inputs, outputs, 3, padding=1)
        self.conv_out = nn.Conv3d(outputs, outputs, 3, padding=1)
        self.modulation = nn.Linear(condition, 2 * outputs)
        self.skip = nn.Conv3d(inputs, outputs, 1) if inputs != outputs else nn.Identity()
        nn.init.zeros_(self.conv_out.weight)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        h = self.conv_in(functional.silu(self.norm_in(x)))
        scale, shift = self.modulation(condition)[:, :, None, None, None].chunk(2, dim=1)
        h = functional.silu(self.norm_out(h) * (1 + scale) + shift)
        return self.skip(x) + self.conv_out(h)


class VoxelUNet(nn.Module):
    """Predict clean grids, -1 outside and 1 inside, from noisy ones."""

    def __init__(self, config: VoxelModelConfig) -> None:
        super().__init__()
        self.config = config
        width, condition = config.width, 2 * config.width
        self.labels = LabelEmbedding(config.categories, config.actions, condition)
        self.time = nn.Sequential(nn.Linear(condition, condition), nn.SiLU(), nn.Linear(condition, condition))
        self.patches = nn.Conv3d(config.frames, width, 2, stride=2)
        self.fine_in = _Block(width, width, condition)
        self.down = nn.Conv3d(width, 2 * width, 2, stride=2)
        self.coarse = nn.ModuleList([_Block(2 * width, 2 * width, condition) for _ in range(2)])
        self.up = nn.ConvTranspose3d(2 * width, width, 2, stride=2)
        self.fine_out = _Block(2 * width, width, condition)
        self.out = nn.ConvTranspose3d(width, config.frames, 2, stride=2)
        self.direct = nn.Conv3d(config.frames, config.frames, 3, padding=1)

    def forward(self, x: Tensor, t: Tensor, category: Tensor, action: Tensor) -> Tensor:
        """Return clean grids (B, T, D, D, D).

        Parameters
        ----------
        x : (B, T, D, D, D) float
        t : (B,) float
            Diffusion times 0 .. 1.
        category, action : (B,) int
            1-based; 0: unconditional.
        """
        condition = self.time(timestep_embedding(t, 2 * self.config.width)) + self.labels(category, action)
        fine = self.fine_in(self.patches(x), condition)
        coarse = self.down(fine)
        for block in self.coarse:
            coarse = block(coarse, condition)
        h = self.fine_out(torch.cat([fine, self.up(coarse)], dim=1), condition)
        return (self.out(h) + self.direct(x)).float()
