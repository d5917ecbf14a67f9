"""What drawn motion has too much of at high frequencies, taken out of decoded positions by a filter in time.

A transformer that draws a window of tokens errs a little in every frame, and real motion has next to nothing
at high frequencies: there the error is all there is, and is seen as a tremble. Each harmonic of the positions
is scaled to the power that training clips have there, where draws have more. (Wiener's gains, the
squares of these, err least, but leave motion that is smaller and softer than real.) The tokens themselves
cannot be judged that way: at high frequencies those of training clips are no smaller, but agree with each
other, so that their effects cancel.
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
class TemporalFilter:
    """Gains of loops and of one-way clips, and of single kinds' actions, which differ: a run is no idle.

    actions : by `key_of`.
    """

    cyclic: Gains
    one_way: Gains
    actions: dict[str, Gains] = field(default_factory=dict)

    def of(self, cyclic: bool, category: str = "", action: str = "") -> Gains:
        """The gains of a kind's action, or of all such clips where it has none of its own."""
        return self.actions.get(key_of(category, action, cyclic), self.cyclic if cyclic else self.one_way)


def key_of(category: str, action: str, cyclic: bool) -> str:
    """What gains of an action are kept by: a loop may be told one way."""
    return f"{category} {action}, {'loop' if cyclic else 'one way'}"


def power(frames: np.ndarray, cyclic: bool) -> np.ndarray:
    """Mean power (H,) of positions (T, ...) at each harmonic of their window."""
    basis, harmonic = time_basis(len(frames), cyclic).numpy(), harmonics(len(frames), cyclic).numpy()
    squares = np.square(basis.T @ frames.reshape(len(frames), -1)).mean(axis=1)
    return np.asarray(np.bincount(harmonic, squares) / np.bincount(harmonic))


def filter_gains(known: np.ndarray, drawn: np.ndarray, kept: int = 0) -> Gains:
    """Gains (H,) from the power (H,) of training clips and of drawn ones.

    Both are taken to fall with the harmonic, and so do the gains; the mean over time and the first `kept`
    harmonics stay as they are.
    """
    known, drawn = (np.maximum.accumulate(x[::-1])[::-1] for x in (known, drawn))
    gains = np.minimum.accumulate(np.sqrt(known / np.maximum(np.maximum(known, drawn), 1e-12)))
    return (1.0,) * (kept + 1) + tuple(round(float(gain), 4) for gain in gains[kept + 1 :])


def filtered(frames: np.ndarray, gains: Gains, window: int, cyclic: bool) -> np.ndarray:
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


def bent_through(frames: np.ndarray, poses: np.ndarray, where: np.ndarray) -> np.ndarray:
    """One-way positions (T, ...) bent_through to go through poses (T, ...) at some frames, where (T,) bool is true.

    What is missing there is added, interpolated to all frames as a Gaussian process would (Matern 3/2).
    """
    time = np.arange(len(frames)) * 3**0.5 / REACH
    apart = np.abs(time[:, None] - time)
    kernel = (1 + apart) * np.exp(-apart)
    missing = (poses - frames)[where].reshape(where.sum(), -1).astype(np.float64)
    added = kernel[:, where] @ np.linalg.solve(kernel[where][:, where], missing)
    return (frames + added.reshape(frames.shape)).astype(frames.dtype)
