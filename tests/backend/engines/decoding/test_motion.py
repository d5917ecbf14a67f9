"""Model frames from motion tokens of the shipped weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from zoetrope.engines.decoding.motion import decode_filtered_frames, decode_frames
from zoetrope.engines.weights.bundle import ActionLabel

LOOP = ActionLabel("walk", True, True, 1)


@pytest.fixture(scope="module")
def shape(creature):
    return torch.from_numpy(creature.tokens["shape"])[None]


@pytest.fixture(scope="module")
def motion(creature):
    return torch.from_numpy(creature.tokens["motion"])


@pytest.fixture(scope="module")
def points():
    return np.random.default_rng(0).uniform(-0.5, 0.5, (40, 3)).astype(np.float32)


def decode(bundle, shape, motion, points, **options):
    with torch.inference_mode():
        return decode_frames(bundle, shape, motion, points, **options)


def test_each_frame_is_turned_and_shifted_by_its_rigid_part(bundle, shape, motion, points):
    rigid = bundle.motion_model.config.rigid
    still = motion.clone()
    still[:, rigid] = 0.0
    moved = motion.clone()
    moved[:, rigid] = torch.tensor([0.3, -0.5, 0.2, 0.1, 0.0, -0.2])
    offsets = decode(bundle, shape, still, points).vertices
    found = decode(bundle, shape, moved, points)
    turned = offsets @ Rotation.from_rotvec([0.3, -0.5, 0.2]).as_matrix().T + [0.1, 0.0, -0.2]
    np.testing.assert_allclose(found.vertices, turned, atol=1e-5)
    np.testing.assert_allclose(found.rotations, np.tile([0.3, -0.5, 0.2], (len(motion), 1)), atol=1e-6)
    np.testing.assert_allclose(found.translations, np.tile([0.1, 0.0, -0.2], (len(motion), 1)), atol=1e-6)


def test_a_frame_depends_on_its_own_latent_alone(bundle, shape, motion, points):
    whole = decode(bundle, shape, motion, points).vertices
    np.testing.assert_allclose(decode(bundle, shape, motion[5:7], points).vertices, whole[5:7], atol=1e-6)


def test_codes_that_differ_between_frames_are_composed_for_each(bundle, shape, motion, points):
    codes = bundle.motion_model.config.codes
    mixed = motion[:2].clone()
    mixed[1, codes] += 0.5
    found = decode(bundle, shape, mixed, points).vertices
    np.testing.assert_allclose(found[1:], decode(bundle, shape, mixed[1:], points).vertices, atol=1e-6)
    assert np.abs(found[1] - decode(bundle, shape, motion[1:2], points).vertices[0]).max() > 1e-4


def test_every_frame_is_reported(bundle, shape, motion, points):
    calls = []
    decode(bundle, shape, motion[:3], points, on_progress=lambda *call: calls.append(call))
    assert calls == [("frames", 1, 3), ("frames", 2, 3), ("frames", 3, 3)]


def test_the_filter_removes_jitter_and_weights_without_one_change_nothing(bundle, shape, motion, points):
    jitter = motion.clone()
    rigid = bundle.motion_model.config.rigid
    jitter[:, rigid] = 0.0
    jitter[::2, rigid.start + 5] += 0.1  # every other frame is higher
    with torch.inference_mode():
        filtered = decode_filtered_frames(bundle, shape, jitter, points, "quadruped", LOOP)
        unfiltered = replace(bundle, description=replace(bundle.description, smoothing=None))
        same = decode_filtered_frames(unfiltered, shape, jitter, points, "quadruped", LOOP)
    plain = decode(bundle, shape, jitter, points)
    assert np.array_equal(same.vertices, plain.vertices)
    shaken, calmed = (np.abs(np.diff(one.translations[:, 2])).mean() for one in (plain, filtered))
    assert shaken == pytest.approx(0.1, abs=1e-6)
    assert calmed < 0.5 * shaken
