"""The motion diffusion's noise has the spectra over time of the clips that it was fitted to."""

import pytest
import torch
from zoetrope.diffusion.coloured_noise import ColouredNoise
from zoetrope.diffusion.time_basis import harmonics, time_basis


def clips(cyclic: bool, count: int = 4000) -> torch.Tensor:
    """Windows (N, 16, 2): one token moves slowly, with equal power in every clip, the other is constant."""
    coefficients = torch.zeros(count, 16, 2)
    coefficients[:, 1:3, 0] = torch.randn(count, 2).sign()
    coefficients[:, 0, 1] = 4 * torch.randn(count).sign()
    return time_basis(16, cyclic) @ coefficients


def test_noise_has_the_power_of_the_clips_at_every_frequency():
    torch.manual_seed(0)
    windows = torch.cat([clips(False), clips(True)])
    flags = torch.arange(8000) // 4000
    noise = ColouredNoise(16, 2)
    noise.fit(windows, flags)
    for cyclic in (0, 1):
        sampled = noise(torch.randn(4000, 16, 2), torch.full((4000,), float(cyclic)))
        assert torch.allclose(sampled[..., 0].std(0), windows[flags == cyclic][..., 0].std(0), atol=0.05)
        assert sampled[..., 1].diff(dim=1).abs().max() < 1e-4, "a constant token has constant noise"
        high = time_basis(16, bool(cyclic)).T[8:] @ sampled
        assert high.abs().max() < 1e-4


def test_a_few_violent_clips_do_not_change_the_noise():
    torch.manual_seed(0)
    windows = clips(False, 1000)
    violent = windows.clone()
    violent[::4, :, 0] += 20 * torch.randn(250, 16)
    noise, reference = ColouredNoise(16, 2), ColouredNoise(16, 2)
    noise.fit(violent, torch.zeros(1000))
    reference.fit(windows, torch.zeros(1000))
    assert noise.amplitude[0].allclose(reference.amplitude[0], atol=1e-4)
    assert (noise.spread[0, 3:, 0] > 5).all(), "the loss is whitened by all clips"


def test_noise_of_loops_does_not_depend_on_their_phase():
    torch.manual_seed(0)
    coefficients = torch.zeros(1000, 16, 1)
    coefficients[:, 1, 0] = torch.randn(1000)  # all these loops begin at the same phase
    noise = ColouredNoise(16, 1)
    noise.fit(time_basis(16, True) @ coefficients, torch.ones(1000))
    assert torch.allclose(noise.amplitude[1, 1], noise.amplitude[1, 2])


def test_only_the_amplitude_is_stored():
    assert list(ColouredNoise(8, 3).state_dict()) == ["amplitude"]


def fading(count: int) -> torch.Tensor:
    """Loops (N, 16, 2): the first token has less power at higher harmonics, the second is constant."""
    coefficients = torch.zeros(count, 16, 2)
    coefficients[..., 0] = torch.randn(count, 16) * (1 + harmonics(16, True)) ** -1.5
    coefficients[:, 0, 1] = torch.randn(count)
    return time_basis(16, True) @ coefficients


def test_whitening_equalises_frequencies_and_keeps_the_total_power():
    torch.manual_seed(0)
    windows, loops = fading(4000), torch.ones(4000)
    noise = ColouredNoise(16, 2)
    noise.fit(windows, loops)
    for exponent in (0.0, 0.5, 1.0):
        power = noise.whiten(windows, loops, exponent).square().mean(0)
        assert power.sum(0).allclose(windows.square().mean(0).sum(0), rtol=1e-3)
        ratio = float((power[0, 0] / power[13, 0]).sqrt())
        assert ratio == pytest.approx(8 ** (1.5 * (1 - exponent)), rel=0.1)
    others = torch.randn(3, 16, 2)
    coefficients = (time_basis(16, True).T @ others)[:, 1:, 1]
    assert noise.whiten(others, torch.ones(3), 1.0)[:, 1:, 1].allclose(coefficients), (
        "constant over the clips"
    )
