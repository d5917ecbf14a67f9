"""Rectified flow: path, target, training times and guidance."""

import pytest
import torch
from zoetrope.diffusion.flow_matching import (
    add_noise,
    sample_times,
    velocity_target,
)
from zoetrope.diffusion.guidance import classifier_free_guidance


def test_training_times_are_logit_normal():
    times = sample_times(20_000, torch.Generator().manual_seed(0))
    assert times.min() > 0
    assert times.max() < 1
    assert times.logit().mean() == pytest.approx(0, abs=0.03)
    assert times.logit().std() == pytest.approx(1, abs=0.03)


def test_path_runs_from_data_to_noise_with_the_target_velocity():
    clean, noise = torch.randn(3, 4), torch.randn(3, 4)
    t = torch.tensor([0.0, 0.5, 1.0])
    x = add_noise(clean, noise, t)
    assert torch.equal(x[0], clean[0])
    assert torch.equal(x[2], noise[2])
    assert torch.allclose(x - t[:, None] * velocity_target(clean, noise), clean, atol=1e-6)


def test_guidance_of_scale_one_is_the_conditional_velocity_and_zero_the_unconditional():
    conditional, unconditional = torch.randn(3, 4), torch.randn(3, 4)
    assert torch.allclose(classifier_free_guidance(conditional, unconditional, 1.0), conditional, atol=1e-6)
    assert torch.equal(classifier_free_guidance(conditional, unconditional, 0.0), unconditional)
