"""Where the motion diffusion starts: Gaussian noise that varies over time as much as real clips do.

White noise has as much power at every frequency, motion next to none at the high ones; what a few solver
steps leave of white noise is seen as a tremble. Rectified flow may start from any distribution (Liu et al.
2022, section 2), so each token's noise gets the spectrum over time that the token has in training clips.
"""

import torch
from torch import Tensor, nn

from zoetrope.diffusion.time_basis import harmonics, time_basis

FAINTEST = 0.002
"""Standard deviations: a token that has less of a function of time has nothing of it."""


class MotionNoise(nn.Module):
    """Noise for windows of standardised tokens.

    amplitude (2, T, D): deviation of each function of time of each token, for one-way clips and for loops.

    Parameters
    ----------
    frames, size : int
    coloured : bool
        False: white, and nothing is kept in the weights.
    """

    amplitude: Tensor
    basis: Tensor

    def __init__(self, frames: int, size: int, coloured: bool) -> None:
        super().__init__()
        self.coloured = coloured
        self.register_buffer("amplitude", torch.ones(2, frames, size), persistent=coloured)
        both = torch.stack([time_basis(frames, False), time_basis(frames, True)])
        self.register_buffer("basis", both, persistent=False)

    @torch.no_grad()
    def fit(self, windows: Tensor, cyclic: Tensor) -> None:
        """Measure the spectra of standardised windows (N, T, D) with flags (N,); white noise stays so."""
        if not self.coloured:
            return
        frames = windows.shape[1]
        for kind in (0, 1):
            chosen = windows[cyclic.bool() == bool(kind)]
            if not len(chosen):
                continue
            power = (self.basis[kind].T @ chosen).square().mean(0)  # (function, token)
            harmonic = harmonics(frames, bool(kind)).to(power.device)
            count = torch.bincount(harmonic).to(power)
            mean = torch.zeros(len(count), power.shape[1]).to(power).index_add(0, harmonic, power)
            self.amplitude[kind] = (mean / count[:, None]).sqrt()[harmonic]

    def forward(self, white: Tensor, cyclic: Tensor) -> Tensor:
        """White noise (B, T, D), flags (B,) -> noise (B, T, D) with the spectra of such clips."""
        if not self.coloured:
            return white
        kind = (cyclic > 0.5).long()
        return self.basis[kind] @ (white * self.amplitude[kind])

    def whitened(self, windows: Tensor, cyclic: Tensor, share: float) -> Tensor:
        """Windows (B, T, D), flags (B,) as functions of time (B, T, D) over a power of the noise's deviation.

        What has the noise's spectrum keeps its power; with a share of 1 all frequencies have the same of it,
        with 0 it stays as it is. Functions of time that a token has nothing of stay too.
        """
        kind = (cyclic > 0.5).long()
        there = self.amplitude > FAINTEST
        weight = torch.where(there, self.amplitude.clamp_min(FAINTEST) ** -share, 1.0)
        power, kept = ((x * self.amplitude).square().sum(1, keepdim=True) for x in (1.0, weight))
        weight = torch.where(there, weight * (power / kept.clamp_min(1e-12)).sqrt(), 1.0)
        return (self.basis[kind].transpose(1, 2) @ windows) * weight[kind]
