"""The noise that a sampler leaves in a drawn window, taken out by a Wiener filter in time.

A few solver steps leave white noise of some hundredths in every standardised token. Real motion has next to
nothing at high frequencies: there the noise is all there is, and is seen as a tremble. Each part of the
tokens keeps P / (P + N) of each harmonic, P the power that training clips have there and N the noise.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from zoetrope.diffusion.motion_model import MotionModelConfig
from zoetrope.diffusion.time_basis import harmonics, time_basis

Gains = dict[str, tuple[float, ...]]
"""Part of the tokens -> gain of each harmonic, 0..1."""


@dataclass(frozen=True)
class Smoothing:
    """Gains of loops and of one-way clips."""

    cyclic: Gains
    one_way: Gains

    def of(self, cyclic: bool) -> Gains:
        """The gains of one kind of clip."""
        return self.cyclic if cyclic else self.one_way


def parts(config: MotionModelConfig) -> dict[str, slice]:
    """Where the parts of a frame's tokens lie that change over time; the last two numbers are the clip's."""
    codes = config.latent + config.layers * config.code
    return {
        "latent": slice(0, config.latent),
        "codes": slice(config.latent, codes),
        "rotation": slice(codes, codes + 3),
        "translation": slice(codes + 3, codes + 6),
    }


def power(windows: Tensor, config: MotionModelConfig, cyclic: bool) -> dict[str, Tensor]:
    """Mean power of each part at each harmonic of standardised windows (N, T, D): part -> (H,)."""
    basis = time_basis(windows.shape[1], cyclic).to(windows)
    squares = (basis.T @ windows).square()  # (window, function, token)
    harmonic = harmonics(windows.shape[1], cyclic).to(windows.device)
    count = torch.bincount(harmonic)
    out = {}
    for name, place in parts(config).items():
        each = squares[..., place].mean((0, 2))
        out[name] = torch.zeros(len(count)).to(each).index_add(0, harmonic, each) / count
    return out


def wiener(known: Tensor, drawn: Tensor) -> tuple[float, ...]:
    """Gains (H,) from the power (H,) of training windows and of drawn ones.

    The noise is what draws have too much in the highest quarter of the harmonics. The power is taken to fall
    with the harmonic, and the mean over time is kept as it is.
    """
    top = -(-len(known) // 4)
    noise = (drawn - known)[-top:].mean().clamp_min(0)
    falling = known.flip(0).cummax(0).values.flip(0)
    gains = falling / (falling + noise).clamp_min(1e-12)
    gains[0] = 1.0
    return tuple(round(float(gain), 4) for gain in gains)


def smoothed(window: Tensor, gains: Gains, config: MotionModelConfig, cyclic: bool) -> Tensor:
    """A standardised window (T, D) with each harmonic of each part scaled by its gain."""
    basis = time_basis(len(window), cyclic).to(window)
    harmonic = harmonics(len(window), cyclic)
    scale = torch.ones_like(window)
    for name, place in parts(config).items():
        scale[:, place] = torch.tensor(gains[name])[harmonic].to(window)[:, None]
    return basis @ (scale * (basis.T @ window))
