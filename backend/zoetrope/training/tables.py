"""Tables of latents and codes: one row an instance, touched only when the instance is in the batch."""

import torch
from torch import Tensor, nn


class Table(nn.Module):
    """Rows of numbers with sparse gradients.

    Dense Adam moves rows that are not in the batch by their old momentum (a fault of the published code);
    with sparse gradients and SparseAdam only the rows of the batch move.
    """

    def __init__(self, rows: int, *shape: int, deviation: float) -> None:
        super().__init__()
        self.shape = shape
        size = int(torch.tensor(shape).prod())
        self.rows = nn.Embedding(rows, size, sparse=True)
        nn.init.normal_(self.rows.weight, std=deviation) if deviation else nn.init.zeros_(self.rows.weight)

    def forward(self, index: Tensor) -> Tensor:
        """Row numbers (B,) -> (B, *shape)."""
        return self.rows(index).view(len(index), *self.shape)


def time_basis(frames: int, cyclic: bool) -> Tensor:
    """Orthonormal functions of time (frames, frames), low frequencies first and weighted more.

    Latents of a clip are learned as coefficients of these (Fourier for a loop, cosines for a one-way clip):
    same space as one latent a frame, but the gradient of every frame moves its whole clip smoothly.
    """
    t = torch.arange(frames, dtype=torch.float64)
    rows = []
    for k in range(frames):
        if cyclic:
            harmonic = (k + 1) // 2
            angle = 2 * torch.pi * harmonic * t / frames
            row = torch.cos(angle) if k % 2 == 0 else torch.sin(angle)
            if frames % 2 == 0 and k == frames - 1:
                row = torch.cos(torch.pi * t)  # the sine of the highest harmonic vanishes on the grid
        else:
            row = torch.cos(torch.pi * k * (t + 0.5) / frames)
            harmonic = (k + 1) // 2
        rows.append(row / row.norm() * frames**0.5 / (1 + harmonic / 2))
    return torch.stack(rows, dim=1).float()


class ClipTable(nn.Module):
    """One vector a frame of every clip, learned as coefficients of `time_basis`.

    They start at 0: a random start is never unlearned where the gradient says little, and is noise to the
    diffusion that must draw such vectors.
    """

    basis: Tensor

    def __init__(self, cyclic: list[bool], frames: int, *shape: int, deviation: float = 0.0) -> None:
        super().__init__()
        self.table = Table(len(cyclic), frames, *shape, deviation=deviation)
        both = torch.stack([time_basis(frames, False), time_basis(frames, True)])
        self.register_buffer("basis", both[torch.tensor(cyclic).long()], persistent=False)

    def forward(self, clips: Tensor, frames: Tensor) -> Tensor:
        """Clip numbers (B,) and frame numbers (B, K) -> vectors (B, K, *shape)."""
        coefficients = self.table(clips).flatten(2)  # (clip, function, channel)
        weights = self.basis[clips[:, None], frames]  # (clip, frame, function)
        return (weights @ coefficients).view(*frames.shape, *self.table.shape[1:])
