"""Where the motion diffusion starts: Gaussian noise that varies over time as much as a common clip does.

White noise has as much power at every frequency, motion next to none at the high ones; what the network
leaves of it is seen as a tremble. Rectified flow may start from any distribution (Liu et al. 2022, section
2), so each token's noise gets the spectrum over time that the token has in the median clip. The mean over
clips will not do: a few clips whose body is thrown about give the rigid transform ten times the power at high
frequencies that the median clip has, and all others tremble with what is left of it.
"""

import torch
from torch import Tensor, nn

from zoetrope.diffusion.time_basis import harmonics, time_basis

FAINTEST = 0.002
"""Standard deviations: a token that has less of a function of time has nothing of it."""


class MotionNoise(nn.Module):
    """Noise for windows of standardised tokens.

    amplitude (2, T, D): deviation of each function of time of each token, for one-way clips and for loops;
    spread (2, T, D): what all clips together deviate, which the loss is whitened by. Not kept in the weights.

    Parameters
    ----------
    frames, size : int
    """

    amplitude: Tensor
    spread: Tensor
    basis: Tensor

    def __init__(self, frames: int, size: int) -> None:
        super().__init__()
        self.register_buffer("amplitude", torch.ones(2, frames, size))
        self.register_buffer("spread", torch.ones(2, frames, size), persistent=False)
        both = torch.stack([time_basis(frames, False), time_basis(frames, True)])
        self.register_buffer("basis", both, persistent=False)

    @torch.no_grad()
    def fit(self, windows: Tensor, cyclic: Tensor) -> None:
        """Measure the spectra of standardised windows (N, T, D) with flags (N,)."""
        frames = windows.shape[1]
        for kind in (0, 1):
            chosen = windows[cyclic.bool() == bool(kind)]
            if not len(chosen):
                continue
            power = (self.basis[kind].T @ chosen).square()  # (clip, function, token)
            harmonic = harmonics(frames, bool(kind)).to(power.device)
            count = torch.bincount(harmonic).to(power)
            of_clip = power.new_zeros(len(power), len(count), power.shape[2]).index_add(1, harmonic, power)
            of_clip = of_clip / count[:, None]
            self.amplitude[kind] = of_clip.median(0).values.sqrt()[harmonic]
            self.spread[kind] = of_clip.mean(0).sqrt()[harmonic]

    def forward(self, white: Tensor, cyclic: Tensor) -> Tensor:
        """White noise (B, T, D), flags (B,) -> noise (B, T, D) with the spectra of such clips."""
        kind = (cyclic > 0.5).long()
        return self.basis[kind] @ (white * self.amplitude[kind])

    def whitened(self, windows: Tensor, cyclic: Tensor, share: float) -> Tensor:
        """Windows (B, T, D), flags (B,) as functions of time (B, T, D) over a power of the clips' spread.

        What has the clips' spectrum keeps its power; with a share of 1 all frequencies have the same of it,
        with 0 it stays as it is. Functions of time that a token has nothing of stay too.
        """
        kind = (cyclic > 0.5).long()
        there = self.spread > FAINTEST
        weight = torch.where(there, self.spread.clamp_min(FAINTEST) ** -share, 1.0)
        power, kept = ((x * self.spread).square().sum(1, keepdim=True) for x in (1.0, weight))
        weight = torch.where(there, weight * (power / kept.clamp_min(1e-12)).sqrt(), 1.0)
        return (self.basis[kind].transpose(1, 2) @ windows) * weight[kind]
