"""The motion diffusion's noise has the spectra over time of the clips it was measured on."""

import pytest
import torch
from zoetrope.diffusion.coloured_noise import ColouredNoise
from zoetrope.diffusion.time_basis import harmonics, time_basis


def clips(cyclic: bool, count: int = 4000) -> torch.Tensor:
    """Windows (N, 16, 2): one token moves slowly, as much in every clip, the other stays where it is."""
    basis = time_basis(16, cyclic)
    weights = torch.zeros(count, 16, 2)
    weights[:, 1:3, 0] = torch.randn(count, 2).sign()
    weights[:, 0, 1] = 4 * torch.randn(count).sign()
    return basis @ weights


def test_noise_has_the_power_of_the_clips_and_no_other():
    torch.manual_seed(0)
    windows = torch.cat([clips(False), clips(True)])
    flags = torch.arange(8000) // 4000
    noise = ColouredNoise(16, 2, coloured=True)
    noise.fit(windows, flags)
    for kind in (0, 1):
        drawn = noise(torch.randn(4000, 16, 2), torch.full((4000,), float(kind)))
        assert torch.allclose(drawn[..., 0].std(0), windows[flags == kind][..., 0].std(0), atol=0.05)
        assert drawn[..., 1].diff(dim=1).abs().max() < 1e-4, "a token that never moves has constant noise"
        high = time_basis(16, bool(kind)).T[8:] @ drawn
        assert high.abs().max() < 1e-4


def test_a_few_wild_clips_make_no_noise_for_the_others():
    torch.manual_seed(0)
    windows = clips(False, 1000)
    wild = windows.clone()
    wild[::4, :, 0] += 20 * torch.randn(250, 16)
    noise, calm = ColouredNoise(16, 2, coloured=True), ColouredNoise(16, 2, coloured=True)
    noise.fit(wild, torch.zeros(1000))
    calm.fit(windows, torch.zeros(1000))
    assert noise.amplitude[0].allclose(calm.amplitude[0], atol=1e-4)
    assert (noise.spread[0, 3:, 0] > 5).all(), "what is learned is weighed by all clips"


def test_a_loops_noise_does_not_know_where_the_loop_begins():
    torch.manual_seed(0)
    basis = time_basis(16, True)
    weights = torch.zeros(1000, 16, 1)
    weights[:, 1, 0] = torch.randn(1000)  # all these loops begin at the same phase
    noise = ColouredNoise(16, 1, coloured=True)
    noise.fit(basis @ weights, torch.ones(1000))
    assert torch.allclose(noise.amplitude[1, 1], noise.amplitude[1, 2])


def test_white_noise_stays_as_it_is_and_is_not_kept():
    noise = ColouredNoise(8, 3, coloured=False)
    noise.fit(torch.randn(10, 8, 3), torch.zeros(10))
    white = torch.randn(2, 8, 3)
    assert torch.equal(noise(white, torch.zeros(2)), white)
    assert not noise.state_dict()


def fading(count: int) -> torch.Tensor:
    """Loops (N, 16, 2) whose first token has less of every harmonic, its second only a mean."""
    weights = torch.zeros(count, 16, 2)
    weights[..., 0] = torch.randn(count, 16) * (1 + harmonics(16, True)) ** -1.5
    weights[:, 0, 1] = torch.randn(count)
    return time_basis(16, True) @ weights


def test_a_whitened_loss_sees_all_frequencies_alike_and_no_more_of_them_together():
    torch.manual_seed(0)
    windows, loops = fading(4000), torch.ones(4000)
    noise = ColouredNoise(16, 2, coloured=True)
    noise.fit(windows, loops)
    for share in (0.0, 0.5, 1.0):
        seen = noise.whiten(windows, loops, share).square().mean(0)
        assert seen.sum(0).allclose(windows.square().mean(0).sum(0), rtol=1e-3)
        assert float((seen[0, 0] / seen[13, 0]).sqrt()) == pytest.approx(8 ** (1.5 * (1 - share)), rel=0.1)
    same = torch.randn(3, 16, 2)
    kept = (time_basis(16, True).T @ same)[:, 1:, 1]
    assert noise.whiten(same, torch.ones(3), 1.0)[:, 1:, 1].allclose(kept), "what a token has nothing of"
