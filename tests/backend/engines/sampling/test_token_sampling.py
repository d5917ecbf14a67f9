"""Sampling tokens: seeded noise, guidance, given frames."""

import math

import pytest
import torch
from zoetrope.diffusion.motion_model import MotionModel, MotionModelConfig
from zoetrope.engines.sampling import token_sampling
from zoetrope.engines.sampling.token_sampling import (
    MAX_DISTANCE,
    GivenFrames,
    MotionConditions,
    sample_motion,
    sample_shape,
    seeded_generator,
    truncate_to_nearest,
)


def test_every_attempt_of_every_seed_has_its_own_noise():
    noise = {
        tuple(torch.randn(3, generator=seeded_generator(seed, attempt)).tolist())
        for seed in (0, 1)
        for attempt in range(4)
    }
    assert len(noise) == 8


def test_first_attempt_has_the_noise_of_the_seed_itself():
    expected = torch.randn(3, generator=torch.Generator().manual_seed(5))
    assert torch.equal(torch.randn(3, generator=seeded_generator(5, 0)), expected)


def test_guidance_is_applied_between_category_and_unconditional_label(bundle, monkeypatch):
    seen = []

    def guide(conditional, unconditional, scale):
        seen.append((torch.equal(conditional, unconditional), scale))
        return conditional

    monkeypatch.setattr(token_sampling, "classifier_free_guidance", guide)
    for category in (1, 0):
        sample_shape(bundle.shape_model, seeded_generator(0), category, 1.5, 1)
    assert seen == [(False, 1.5), (True, 1.5)]


def test_given_frames_are_returned_as_given():
    torch.manual_seed(0)
    sizes = {"frames": 8, "latent": 6, "layers": 2, "code": 2, "extra": 8, "shape": 10}
    model = MotionModel(MotionModelConfig(**sizes, width=32, depth=1)).eval()
    given = torch.randn(8, model.size)
    mask = torch.tensor([1.0, 1, 0, 0, 0, 0, 0, 1])
    with torch.inference_mode():
        conditions = MotionConditions(torch.randn(1, 12), 1, 1, (True, True), guidance=2.0, steps=4)
        generator = torch.Generator().manual_seed(1)
        out = sample_motion(model, generator, conditions, given=GivenFrames(given, mask))
    assert torch.allclose(out[mask > 0], given[mask > 0], atol=1e-5)
    assert not torch.allclose(out[mask == 0], given[mask == 0], atol=0.1)


@pytest.mark.parametrize("max_distance", [0.5 * MAX_DISTANCE, MAX_DISTANCE, math.inf])
def test_a_far_sample_is_drawn_towards_the_nearest_training_body(bundle, max_distance):
    model, size = bundle.shape_model, bundle.shape_field.config.latent
    modes = torch.zeros(2, model.size)
    modes[1, 0] = 8.0
    for offset in (3.0, 0.3 * MAX_DISTANCE):
        left = min(offset, max_distance)
        sample = modes[1:].clone()
        sample[:, 1] = offset
        sample[:, size:] = 0.6  # codes are drawn by the same share
        shape, training = model.standardiser.inverse(sample), model.standardiser.inverse(modes)
        found = truncate_to_nearest(model, shape, training, max_distance)
        assert torch.allclose(found, training[1:] + (left / offset) * (shape - training[1:]), atol=1e-5)


def test_without_training_bodies_a_sample_stays(bundle):
    shape = torch.randn(1, bundle.shape_model.size)
    assert truncate_to_nearest(bundle.shape_model, shape, shape[:0]) is shape
