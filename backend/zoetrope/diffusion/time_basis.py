"""Orthonormal bases over a clip's model frames: Fourier for a loop, cosines (DCT-II) for a one-way clip."""

import torch
from torch import Tensor


def harmonics(frames: int, cyclic: bool) -> Tensor:
    """Return the harmonic (frames,) of each column of `time_basis`; a loop's sine and cosine share one."""
    k = torch.arange(frames)
    return (k + 1) // 2 if cyclic else k


def time_basis(frames: int, cyclic: bool) -> Tensor:
    """Return the basis functions as columns (frames, frames), low frequencies first."""
    t = torch.arange(frames, dtype=torch.float64)
    columns = []
    for k, harmonic in enumerate(harmonics(frames, cyclic).tolist()):
        if not cyclic:
            column = torch.cos(torch.pi * k * (t + 0.5) / frames)
        elif frames % 2 == 0 and k == frames - 1:
            column = torch.cos(torch.pi * t)  # the sine of the highest harmonic vanishes on the grid
        else:
            angle = 2 * torch.pi * harmonic * t / frames
            column = torch.cos(angle) if k % 2 == 0 else torch.sin(angle)
        columns.append(column / column.norm())
    return torch.stack(columns, dim=1).float()
