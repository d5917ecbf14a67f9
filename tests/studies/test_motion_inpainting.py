"""Longer clips and in-betweens: given frames stay, clip tokens are constant, decoded poses are met."""

import dataclasses

import numpy as np
import pytest
import torch
from zoetrope.diffusion.motion_model import MotionModel, MotionModelConfig
from zoetrope.engines.decoding.motion import decode_filtered_frames
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.sampling.token_sampling import MotionConditions
from zoetrope.engines.weights.bundle import ActionLabel

from studies.motion_inpainting import (
    GivenPoses,
    extend_clip,
    interpolate_correction,
    pass_through_poses,
    sample_in_between,
)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    sizes = {"frames": 16, "latent": 4, "layers": 2, "code": 3, "shape": 5}
    config = MotionModelConfig(**sizes, width=32, depth=1, heads=2, clip_codes=True)
    model = MotionModel(config).eval().requires_grad_(False)
    for parameter in model.parameters():  # the gates of an untrained model are 0: no frame affects another
        torch.nn.init.normal_(parameter, std=0.1)
    return model


CONDITIONS = MotionConditions(
    torch.randn(1, 5, generator=torch.Generator().manual_seed(1)), 1, 2, (False, True), steps=4
)


def seed(value=3):
    return torch.Generator().manual_seed(value)


def clip_of(model, frames=16):
    return model.average_clip_codes(torch.randn(frames, model.size, generator=seed(2)))


def test_extended_clip_keeps_its_frames_and_clip_tokens(model):
    tokens = clip_of(model)
    longer = extend_clip(model, seed(), tokens, 50, CONDITIONS)
    assert longer.shape == (50, model.size)
    assert torch.equal(longer[:16], tokens)
    assert (longer[16:, 4:10] == tokens[-1, 4:10]).all(), "codes"
    assert (longer[16:, -2:] == tokens[-1, -2:]).all(), "duration and speed"
    assert longer[16:, :4].std(0).min() > 0, "latents"
    assert torch.equal(longer, extend_clip(model, seed(), tokens, 50, CONDITIONS))


def test_extending_to_fewer_frames_cuts_the_clip(model):
    tokens = clip_of(model)
    assert torch.equal(extend_clip(model, seed(), tokens, 10, CONDITIONS), tokens[:10])


def test_extension_depends_on_the_given_frames(model):
    clips = clip_of(model), clip_of(model) + 1.0
    first, second = (extend_clip(model, seed(), clip, 24, CONDITIONS)[16:, :4] for clip in clips)
    assert (first - second).abs().max() > 1e-3


@pytest.mark.parametrize("frames", [9, 16])
def test_in_between_keeps_given_poses_and_interpolates_codes(model, frames):
    first, last = clip_of(model)[:2], clip_of(model)[-3:] + 0.5
    whole = sample_in_between(model, seed(), first, last, frames, CONDITIONS)
    assert whole.shape == (frames, model.size)
    assert torch.equal(whole[:2], first)
    assert torch.equal(whole[-3:], last)
    codes = whole[:, 4:10]
    assert codes.diff(dim=0).norm(dim=1).max() < 0.5 * (codes[-1] - codes[0]).norm()
    assert torch.isfinite(whole).all()


@pytest.mark.parametrize("frames", [5, 17])
def test_in_between_without_room_is_refused(model, frames):
    first, last = clip_of(model)[:2], clip_of(model)[-3:]
    with pytest.raises(ValueError, match="do not fit"):
        sample_in_between(model, seed(), first, last, frames, CONDITIONS)


def test_correction_meets_the_targets_and_fades_out_smoothly():
    frames = np.random.default_rng(0).normal(size=(32, 40, 3))
    is_given = np.zeros(32, dtype=bool)
    is_given[[0, 1, 2, 3, 28, 29, 30, 31]] = True
    targets = frames + is_given[:, None, None] * np.array([0.0, 0.0, 2.0])
    corrected = interpolate_correction(frames, targets, is_given)
    np.testing.assert_allclose(corrected[is_given], targets[is_given], atol=1e-6)
    correction = (corrected - frames)[:, 0, 2]
    assert abs(correction[16]) < 0.2
    assert np.abs(np.diff(correction)).max() < 0.8
    np.testing.assert_allclose(interpolate_correction(frames, frames, is_given), frames, atol=1e-9)


@pytest.fixture(scope="module")
def tokens(creature):
    """Raw shape tokens (1, S) and motion tokens (T, M) of a generated creature."""
    return torch.from_numpy(creature.tokens["shape"])[None], torch.from_numpy(creature.tokens["motion"])


ONE_WAY = ActionLabel("", False, False, 0)


def test_extended_clip_lasts_longer(engine, bundle, tokens):
    shape, motion = tokens
    resolved = engine.resolve(
        GenerateRequest("quadruped", "", 3, detail=64, fps=2.0, faces=None, texture=None)
    )
    resolved = dataclasses.replace(resolved, action_label=ONE_WAY)
    conditions = MotionConditions(shape, resolved.category_index, 0, (False, False), steps=2)
    with torch.inference_mode():
        longer = extend_clip(bundle.motion_model, seed(), motion, 2 * len(motion), conditions)
    sequence = engine.decode(resolved, shape, longer, ignore_progress)
    window = bundle.motion_model.config.frames
    window_seconds = float(longer[:, -2].mean().exp())
    expected = window_seconds * (2 * window - 1) / (window - 1)
    assert sequence.meta["model_seconds"] == pytest.approx(expected, rel=1e-3)
    # Half a second a frame: the last frame begins one before the end, to the nearest.
    assert sequence.seconds[-1] == pytest.approx(expected - 0.5, abs=0.25)


@torch.inference_mode()
def test_decoded_in_between_passes_through_the_decoded_poses(bundle, tokens):
    shape, clip = tokens
    other = clip.clone()
    other[:, -5:-2] += torch.linspace(0.5, 0.7, len(clip))[:, None]  # other translations
    rest = np.random.default_rng(0).uniform(-0.5, 0.5, (50, 3)).astype(np.float32)
    expected, uncorrected = (
        decode_filtered_frames(bundle, shape, motion, rest, "quadruped", ONE_WAY) for motion in (clip, other)
    )
    last = len(clip) - 2
    given = GivenPoses(clip, ONE_WAY, slice(None, 2), 0), GivenPoses(clip, ONE_WAY, slice(-2, None), last)
    corrected = pass_through_poses(bundle, shape, rest, "quadruped", uncorrected, given)
    assert np.abs(uncorrected.vertices[:2] - expected.vertices[:2]).max() > 1e-3
    for target, result in zip(expected, corrected, strict=True):
        np.testing.assert_allclose(result[:2], target[:2], atol=1e-4)
        np.testing.assert_allclose(result[last:], target[last:], atol=1e-4)
