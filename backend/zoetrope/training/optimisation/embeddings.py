"""Embeddings: learned latents and codes, one row an instance, updated only when it is in the batch."""

import torch
from torch import Tensor, nn

from zoetrope.diffusion.time_basis import harmonics, time_basis


class Embedding(nn.Module):
    """Learned arrays of one shape, one row an instance, with sparse gradients.

    Dense Adam, as in the published code, also moves rows outside the batch by their old momentum; with sparse
    gradients and SparseAdam only the rows of the batch move.

    Parameters
    ----------
    rows : int
    shape : of one row's array
    deviation : float
        Standard deviation of the initial values; 0 for zeros.
    """

    def __init__(self, rows: int, *shape: int, deviation: float) -> None:
        super().__init__()
        self.shape = shape
        size = int(torch.tensor(shape).prod())
        self.rows = nn.Embedding(rows, size, sparse=True)
        nn.init.normal_(self.rows.weight, std=deviation) if deviation else nn.init.zeros_(self.rows.weight)

    def forward(self, index: Tensor) -> Tensor:
        """Row indices (B,) -> (B, *shape)."""
        return self.rows(index).view(len(index), *self.shape)

    @torch.no_grad()
    def fill(self, values: Tensor) -> None:
        """Set all rows (N, ...)."""
        self.rows.weight.copy_(values.reshape(self.rows.weight.shape))


def weighted_basis(frames: int, cyclic: bool) -> Tensor:
    """Return `time_basis` (frames, frames), low frequencies weighted more.

    Coefficients of these functions span the same space as one latent a frame, but the gradient of one frame
    moves the whole clip smoothly.
    """
    cycles = harmonics(frames, True)  # also of a one-way clip, whose k-th cosine has k half cycles
    return time_basis(frames, cyclic) * frames**0.5 / (1 + cycles / 2)


class ClipEmbedding(nn.Module):
    """One array for every frame of every clip, learned as coefficients of `weighted_basis`.

    Coefficients start at 0: where the gradient is weak, a random start would remain as noise that the
    diffusion has to model.

    Parameters
    ----------
    cyclic : one flag a clip
    frames : int
    shape : of one frame's array
    constant : bool
        One array a clip, the same in all its frames.
    """

    basis: Tensor

    def __init__(self, cyclic: list[bool], frames: int, *shape: int, constant: bool = False) -> None:
        super().__init__()
        functions = 1 if constant else frames
        self.table = Embedding(len(cyclic), functions, *shape, deviation=0.0)
        both = torch.stack([weighted_basis(frames, False), weighted_basis(frames, True)])
        self.register_buffer("basis", both[torch.tensor(cyclic).long(), :, :functions], persistent=False)

    def forward(self, clips: Tensor, frames: Tensor) -> Tensor:
        """Clip indices (B,) and frame indices (B, K) -> (B, K, *shape)."""
        coefficients = self.table(clips).flatten(2)  # (clip, function, channel)
        weights = self.basis[clips[:, None], frames]  # (clip, frame, function)
        return (weights @ coefficients).view(*frames.shape, *self.table.shape[1:])

    @torch.no_grad()
    def fill(self, values: Tensor) -> None:
        """Set all frames (C, T, ...); a constant embedding takes the mean over the frames."""
        values = values.flatten(2).to(self.basis)
        self.table.fill(torch.linalg.lstsq(self.basis, values).solution)
