"""Tables of latents and codes: one row an instance, touched only when the instance is in the batch."""

import torch
from torch import Tensor, nn

from zoetrope.diffusion.time_basis import time_basis


class Embedding(nn.Module):
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

    @torch.no_grad()
    def fill(self, values: Tensor) -> None:
        """Set all rows (N, ...)."""
        self.rows.weight.copy_(values.reshape(self.rows.weight.shape))


def weighted_basis(frames: int, cyclic: bool) -> Tensor:
    """`time_basis`, its low frequencies weighted more (frames, frames).

    Latents of a clip are learned as coefficients of these: same space as one latent a frame, but the gradient
    of every frame moves its whole clip smoothly.
    """
    harmonic = (torch.arange(frames) + 1) // 2
    return time_basis(frames, cyclic) * frames**0.5 / (1 + harmonic / 2)


class ClipEmbedding(nn.Module):
    """One vector a frame of every clip, learned as coefficients of `weighted_basis`.

    They start at 0: a random start is never unlearned where the gradient says little, and is noise to the
    diffusion that must draw such vectors.

    Parameters
    ----------
    cyclic : one flag a clip
    frames : int
    shape : of one vector
    constant : bool
        One vector a clip: the same in all its frames.
    """

    basis: Tensor

    def __init__(self, cyclic: list[bool], frames: int, *shape: int, constant: bool = False) -> None:
        super().__init__()
        functions = 1 if constant else frames
        self.table = Embedding(len(cyclic), functions, *shape, deviation=0.0)
        both = torch.stack([weighted_basis(frames, False), weighted_basis(frames, True)])
        self.register_buffer("basis", both[torch.tensor(cyclic).long(), :, :functions], persistent=False)

    def forward(self, clips: Tensor, frames: Tensor) -> Tensor:
        """Clip numbers (B,) and frame numbers (B, K) -> vectors (B, K, *shape)."""
        coefficients = self.table(clips).flatten(2)  # (clip, function, channel)
        weights = self.basis[clips[:, None], frames]  # (clip, frame, function)
        return (weights @ coefficients).view(*frames.shape, *self.table.shape[1:])

    @torch.no_grad()
    def fill(self, values: Tensor) -> None:
        """Set all vectors (C, T, ...); of constant ones their means over the frames."""
        values = values.flatten(2).to(self.basis)
        self.table.fill(torch.linalg.lstsq(self.basis, values).solution)
