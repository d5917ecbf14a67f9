"""DDIM: the schedule, and samples of distributions whose best denoiser is known exactly."""

import pytest
import torch
from zoetrope.diffusion.ddim import TRAIN_TIMESTEPS, add_noise, alphas_cumprod, ddim, sampling_timesteps
from zoetrope.errors import Cancelled


def test_schedule_falls_from_signal_to_noise():
    levels = alphas_cumprod()
    assert len(levels) == TRAIN_TIMESTEPS
    assert (levels.diff() < 0).all()
    assert levels[0] > 0.999
    assert levels[-1] < 1e-4


def test_noise_keeps_unit_variance():
    generator = torch.Generator().manual_seed(0)
    clean, noise = torch.randn((2, 4096), generator=generator), torch.randn((2, 4096), generator=generator)
    noisy = add_noise(clean, noise, torch.tensor([0.3, 0.9]))
    assert noisy.std(1).tolist() == pytest.approx([1.0, 1.0], abs=0.05)


def test_times_visit_both_ends():
    assert sampling_timesteps(TRAIN_TIMESTEPS) == list(range(TRAIN_TIMESTEPS - 1, -1, -1))
    few = sampling_timesteps(5)
    assert (few[0], few[-1], len(set(few))) == (TRAIN_TIMESTEPS - 1, 0, 5)


@pytest.mark.parametrize(("steps", "error"), [(50, 0.08), (100, 0.04), (TRAIN_TIMESTEPS, 0.015)])
def test_samples_of_a_normal_distribution(steps, error):
    """For data N(m, s^2) the best prediction of x_0 is linear in x_t; few steps narrow the samples."""
    mean, deviation, levels = 0.7, 0.4, alphas_cumprod()

    def denoise(x, t):
        level = levels[(t * TRAIN_TIMESTEPS).round().long()][:, None]
        gain = level.sqrt() * deviation**2 / (level * deviation**2 + 1 - level)
        return mean + gain * (x - level.sqrt() * mean)

    noise = torch.randn((4096, 3), generator=torch.Generator().manual_seed(1))
    samples = ddim(denoise, noise, steps)
    assert samples.mean().item() == pytest.approx(mean, abs=0.02)
    assert samples.std().item() == pytest.approx(deviation, rel=error)


def test_one_step_begins_at_the_most_noise():
    assert sampling_timesteps(1) == [TRAIN_TIMESTEPS - 1]
    assert ddim(lambda x, t: 0.5 + 0 * x, torch.randn(8, 2), 1).flatten().tolist() == [0.5] * 16


def test_steps_are_reported_and_may_cancel():
    seen = []

    def on_step(step, steps):
        seen.append((step, steps))
        if step == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        ddim(lambda x, t: torch.zeros_like(x), torch.ones(1, 2), 4, on_step)
    assert seen == [(1, 4), (2, 4), (3, 4)]
