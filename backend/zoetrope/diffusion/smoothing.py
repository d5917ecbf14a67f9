"""What drawn motion has too much of at high frequencies, taken out of decoded positions by a filter in time.

A transformer that draws a window of tokens errs a little in every frame, and real motion has next to nothing
at high frequencies: there the error is all there is, and is seen as a tremble. Each harmonic of the positions
keeps P / (P + N), P the power that decoded training clips have there and N what draws have more (Wiener's
filter). The tokens themselves cannot be judged that way: at high frequencies those of training clips are no
smaller, but agree with each other, so that their effects cancel.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from zoetrope.diffusion.time_basis import harmonics, time_basis

Gains = tuple[float, ...]
"""The gain of each harmonic of a window, 0..1."""
REACH = 4.0
"""Frames over which a given pose bends the motion around it."""


@dataclass(frozen=True)
class Smoothing:
    """Gains of loops and of one-way clips, and of single actions, which differ: a run is no idle.

    actions : by `key_of`.
    """

    cyclic: Gains
    one_way: Gains
    actions: dict[str, Gains] = field(default_factory=dict)

    def of(self, cyclic: bool, action: str = "") -> Gains:
        """The gains of an action, or of its kind of clip where it has none of its own."""
        return self.actions.get(key_of(action, cyclic), self.cyclic if cyclic else self.one_way)


def key_of(action: str, cyclic: bool) -> str:
    """What gains of an action are kept by: some kinds do in loops what others do one way."""
    return f"{action}, {'loop' if cyclic else 'one way'}"


def power(frames: np.ndarray, cyclic: bool) -> np.ndarray:
    """Mean power (H,) of positions (T, ...) at each harmonic of their window."""
    basis, harmonic = time_basis(len(frames), cyclic).numpy(), harmonics(len(frames), cyclic).numpy()
    squares = np.square(basis.T @ frames.reshape(len(frames), -1)).mean(axis=1)
    return np.asarray(np.bincount(harmonic, squares) / np.bincount(harmonic))


def wiener(known: np.ndarray, drawn: np.ndarray) -> Gains:
    """Gains (H,) from the power (H,) of training clips and of drawn ones.

    Both are taken to fall with the harmonic, and so do the gains; the mean over time is kept as it is.
    """
    known, drawn = (np.maximum.accumulate(x[::-1])[::-1] for x in (known, drawn))
    gains = np.minimum.accumulate(known / np.maximum(np.maximum(known, drawn), 1e-12))
    return (1.0, *(round(float(gain), 4) for gain in gains[1:]))


def smoothed(frames: np.ndarray, gains: Gains, window: int, cyclic: bool) -> np.ndarray:
    """Positions (T, ...) with each harmonic scaled by its gain.

    Parameters
    ----------
    window : int
        Frames of the window that the gains are of: in a longer clip a frequency is a higher harmonic.
    """
    count = len(frames)
    basis: Tensor = time_basis(count, cyclic)
    harmonic = harmonics(count, cyclic).numpy() * window / count
    scale = np.interp(harmonic, np.arange(len(gains)), gains)
    flat = torch.from_numpy(np.ascontiguousarray(frames.reshape(count, -1))).float()
    calm = basis @ (torch.from_numpy(scale).float()[:, None] * (basis.T @ flat))
    return calm.numpy().reshape(frames.shape).astype(frames.dtype)


def bent(frames: np.ndarray, poses: np.ndarray, where: np.ndarray) -> np.ndarray:
    """One-way positions (T, ...) bent to go through poses (T, ...) at some frames, where (T,) bool is true.

    What is missing there is added, interpolated to all frames as a Gaussian process would (Matern 3/2).
    """
    time = np.arange(len(frames)) * 3**0.5 / REACH
    apart = np.abs(time[:, None] - time)
    kernel = (1 + apart) * np.exp(-apart)
    missing = (poses - frames)[where].reshape(where.sum(), -1).astype(np.float64)
    added = kernel[:, where] @ np.linalg.solve(kernel[where][:, where], missing)
    return (frames + added.reshape(frames.shape)).astype(frames.dtype)
