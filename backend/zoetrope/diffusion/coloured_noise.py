"""Coloured noise for the motion diffusion, with the power spectrum over time of typical clips.

White noise has equal power at all frequencies, motion very little at high ones, where what the network fails
to remove is visible as jitter. Rectified flow may start from any distribution (Liu et al. 2022, section 2):
each token's noise has, at each frequency, the token's median power over the training clips. The mean is not
robust: a few clips with violent motion have ten times the median power at high frequencies.
"""

import torch
from torch import Tensor, nn

from zoetrope.diffusion.time_basis import harmonics, time_basis

MIN_STD = 0.002
"""Coefficients with a smaller standard deviation over the clips count as constant."""


class ColouredNoise(nn.Module):
    """Noise for windows (T, D) of standardised tokens, in the basis of `time_basis`.

    amplitude : (2, T, D), standard deviation of each coefficient of each token, for one-way clips and loops.
    spread : (2, T, D), root mean square of the coefficients over all clips, by which `whiten` divides; only
    needed in training, not stored in the weights.

    Parameters
    ----------
    frames, size : int
        T and D.
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
        """Measure the spectra of standardised windows (N, T, D) with cyclic flags (N,)."""
        frames = windows.shape[1]
        for loop in (0, 1):
            chosen = windows[cyclic.bool() == bool(loop)]
            if not len(chosen):
                continue
            power = (self.basis[loop].T @ chosen).square()  # (N, T, D)
            harmonic = harmonics(frames, bool(loop)).to(power.device)
            count = torch.bincount(harmonic).to(power)
            by_harmonic = power.new_zeros(len(power), len(count), power.shape[2]).index_add(
                1, harmonic, power
            )
            by_harmonic = by_harmonic / count[:, None]
            self.amplitude[loop] = by_harmonic.median(0).values.sqrt()[harmonic]
            self.spread[loop] = by_harmonic.mean(0).sqrt()[harmonic]

    def forward(self, white: Tensor, cyclic: Tensor) -> Tensor:
        """Colour white noise (B, T, D) for cyclic flags (B,)."""
        loop = (cyclic > 0.5).long()
        return self.basis[loop] @ (white * self.amplitude[loop])

    def whiten(self, windows: Tensor, cyclic: Tensor, exponent: float) -> Tensor:
        """Return the coefficients (B, T, D) of windows (B, T, D), divided by `spread` to a power.

        Coefficients are rescaled so that windows with the clips' spectrum keep their total power: with
        exponent 1 it is the same at all frequencies, with 0 unchanged. Coefficients that are constant over
        the clips are not divided.

        Parameters
        ----------
        cyclic : (B,) float
        exponent : float
        """
        loop = (cyclic > 0.5).long()
        varies = self.spread > MIN_STD
        weight = torch.where(varies, self.spread.clamp_min(MIN_STD) ** -exponent, 1.0)
        power, whitened = ((x * self.spread).square().sum(1, keepdim=True) for x in (1.0, weight))
        weight = torch.where(varies, weight * (power / whitened.clamp_min(1e-12)).sqrt(), 1.0)
        return (self.basis[loop].transpose(1, 2) @ windows) * weight[loop]
