"""Occupancy samples of several clips on a device, of which every step takes some."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from zoetrope.fields.occupancy import frame_times
from zoetrope.training.data.occupancy_samples import ClipSamples, uniform_points


@dataclass(frozen=True)
class ClipBatch:
    """Samples of several clips on one device, for fitting.

    near : (B, T, N, 3) float16; near_inside : (B, T, N); uniform_inside : (B, T, U); uniform : (U, 3).
    """

    near: Tensor
    near_inside: Tensor
    uniform: Tensor
    uniform_inside: Tensor

    @classmethod
    def load(cls, clips: Sequence[ClipSamples], device: torch.device) -> "ClipBatch":
        """Stack clips of one recipe."""
        return cls(
            torch.from_numpy(np.stack([c.near for c in clips])).to(device),
            torch.from_numpy(np.stack([c.near_inside for c in clips])).to(device),
            torch.from_numpy(uniform_points(clips[0].uniform_inside.shape[1])).to(device),
            torch.from_numpy(np.stack([c.uniform_inside for c in clips])).to(device),
        )

    def sample(
        self,
        count: int,
        dimensions: int,
        generator: torch.Generator,
        near_share: float = 0.5,
        clips: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Sample `count` points of clips, a share of them near the surface, over all frames alike.

        Parameters
        ----------
        clips : (C,) int, optional
            Rows of the batch; default: all.

        Returns
        -------
        points : (C, count, dimensions) float
            Time runs from -1 at the first frame to 1 at the last.
        inside : (C, count) float
        """
        _, frames, available = self.near_inside.shape
        close = round(near_share * count)
        device = self.near.device
        row = (torch.arange(len(self.near), device=device) if clips is None else clips)[:, None]

        def integers(high: int, size: int) -> Tensor:
            return torch.randint(high, (len(row), size), generator=generator, device=device)

        near_frame, near_point = integers(frames, close), integers(available, close)
        far_frame, far_point = integers(frames, count - close), integers(len(self.uniform), count - close)
        points = torch.cat([self.near[row, near_frame, near_point], self.uniform[far_point]], dim=1).float()
        inside = torch.cat(
            [self.near_inside[row, near_frame, near_point], self.uniform_inside[row, far_frame, far_point]], 1
        )
        if dimensions == 4:
            frame = torch.cat([near_frame, far_frame], dim=1)
            points = torch.cat([points, frame_time(frame, frames)[..., None]], dim=-1)
        return points, inside.float()


def frame_time(frame: Tensor, frames: int) -> Tensor:
    """Return the fourth coordinate of frames by their index: see `fields.occupancy.frame_times`."""
    return torch.from_numpy(frame_times(frames)).to(frame.device, torch.float32)[frame]
