"""Filter over time that removes jitter from decoded positions of sampled motion.

The motion diffusion makes a small independent error in every frame. Real motion has almost no power at high
frequencies, so there the error dominates and is visible as jitter. Each harmonic of the positions that has
more power in sampled clips than in training clips is scaled down to the latter. (A Wiener filter, whose gains
are the squares of these, has a smaller error but makes motion smaller and softer than real.) Filtering tokens
instead does not work: tokens of training clips do have power at high frequencies, but their effects cancel.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from zoetrope.diffusion.time_basis import harmonics, time_basis

Gains = tuple[float, ...]
"""Gain of each harmonic of a window, 0..1."""


@dataclass(frozen=True)
class TemporalFilter:
    """Filter gains by kind of clip.

    cyclic, one_way : gains of loops and of one-way clips.
    actions : gains of single actions of a category, by `gains_key`.
    """

    cyclic: Gains
    one_way: Gains
    actions: dict[str, Gains] = field(default_factory=dict)

    def gains_for(self, cyclic: bool, category: str = "", action: str = "") -> Gains:
        """Return the gains of a category's action; if it has none, those of all loops or one-way clips."""
        default = self.cyclic if cyclic else self.one_way
        return self.actions.get(gains_key(category, action, cyclic), default)


def gains_key(category: str, action: str, cyclic: bool) -> str:
    """Return the key of an action's gains in `TemporalFilter.actions`."""
    return f"{category} {action}, {'loop' if cyclic else 'one way'}"


def power_spectrum(frames: np.ndarray, cyclic: bool) -> np.ndarray:
    """Return the mean power (H,) of positions (T, ...) at each harmonic of their window."""
    basis, harmonic = time_basis(len(frames), cyclic).numpy(), harmonics(len(frames), cyclic).numpy()
    squares = np.square(basis.T @ frames.reshape(len(frames), -1)).mean(axis=1)
    return np.asarray(np.bincount(harmonic, squares) / np.bincount(harmonic))


def filter_gains(training: np.ndarray, sampled: np.ndarray, unchanged: int = 0) -> Gains:
    """Return gains (H,) from the power (H,) of training clips and of sampled ones.

    Powers are made non-increasing over the harmonics first, and so are the gains.

    Parameters
    ----------
    training, sampled : (H,) float
    unchanged : int
        Harmonics after the mean whose gain is 1.
    """
    training, sampled = (np.maximum.accumulate(x[::-1])[::-1] for x in (training, sampled))
    ratio = training / np.maximum(np.maximum(training, sampled), 1e-12)
    gains = np.minimum.accumulate(np.sqrt(ratio))
    return (1.0,) * (unchanged + 1) + tuple(round(float(gain), 4) for gain in gains[unchanged + 1 :])


def filter_positions(positions: np.ndarray, gains: Gains, window: int, cyclic: bool) -> np.ndarray:
    """Scale each harmonic of positions (T, ...) by its gain.

    Parameters
    ----------
    positions : (T, ...) float
    gains : tuple of float
    window : int
        Frames of the window that the gains were measured on; in a longer clip the same frequency is a higher
        harmonic.
    cyclic : bool
    """
    count = len(positions)
    basis: Tensor = time_basis(count, cyclic)
    harmonic = harmonics(count, cyclic).numpy() * window / count
    scale = np.interp(harmonic, np.arange(len(gains)), gains)
    flat = torch.from_numpy(np.ascontiguousarray(positions.reshape(count, -1))).float()
    out = basis @ (torch.from_numpy(scale).float()[:, None] * (basis.T @ flat))
    return out.numpy().reshape(positions.shape).astype(positions.dtype)
