"""What a diffusion looks at most: rare labels, and the parts of a token whose errors show."""

import dataclasses

import numpy as np
import pytest
import torch
from test_live_run import two_coats
from zoetrope.training.data.class_balance import sampling_weights
from zoetrope.training.data.training_tokens import TrainingTokens, initial_tokens, load_tokens, save_tokens
from zoetrope.training.stages.loss_weights import emphasis


def test_parts_have_their_shares_of_the_loss():
    weights = emphasis((96, 108), (0.85, 0.15))
    assert weights.shape == (204,)
    assert float(weights.mean()) == pytest.approx(1.0, abs=1e-5)
    assert float(weights[:96].sum() / weights.sum()) == pytest.approx(0.85, abs=1e-5)


def test_a_part_without_numbers_leaves_its_share_to_the_others():
    weights = emphasis((10, 0, 30), (0.5, 0.3, 0.2))
    assert float(weights[:10].sum() / weights.sum()) == pytest.approx(5 / 7, abs=1e-5)


@pytest.mark.parametrize(("balance", "share"), [(0.0, 0.1), (0.5, 0.25), (1.0, 0.5)])
def test_a_rare_label_is_drawn_more_often(balance, share):
    weights = sampling_weights(["fish"] * 9 + ["dinosaur"], balance)
    assert float(weights[-1]) == pytest.approx(share)
    assert float(weights.sum()) == pytest.approx(1.0)


def known_of(data, path):
    generator = torch.Generator().manual_seed(3)
    shape = torch.randn(len(data.bodies), 6, generator=generator)
    motion = torch.randn(len(data.clips), 8, 5, generator=generator)
    save_tokens(path, data, shape, motion)
    return load_tokens(path), shape, motion


def test_known_creatures_begin_at_their_tokens_new_ones_at_the_mean_of_their_kind(tmp_path):
    data = two_coats()
    known, shape, motion = known_of(data, tmp_path / "tokens.npz")
    near = initial_tokens(known, data)
    assert torch.allclose(near[0], shape, atol=1e-2)
    assert torch.allclose(near[1], motion, atol=1e-2)
    other = dataclasses.replace(data, creatures=["new.glb", *data.creatures[1:]])
    bodies, clips = initial_tokens(known, other)
    strange = [i for i, body in enumerate(data.bodies) if body.creature == 0]
    assert strange
    kind = {clip.creature: clip.category for clip in data.clips}
    alike = known.shape_category == kind[0]
    assert np.allclose(bodies[strange], known.shape[alike].mean(0), atol=1e-5)
    assert torch.equal(bodies[len(strange) :], near[0][len(strange) :])
    first = next(i for i, clip in enumerate(data.clips) if clip.creature == 0)
    labels = (known.motion_category == data.clips[first].category) & (
        known.motion_action == data.clips[first].action
    )
    assert np.allclose(clips[first], known.motion[labels].mean(0), atol=1e-5)


def test_tokens_without_names_begin_at_means(tmp_path):
    data = two_coats()
    known, _, _ = known_of(data, tmp_path / "tokens.npz")
    nameless = dataclasses.replace(
        known,
        **{name: np.empty(0, dtype=str) for name in ("shape_creature", "motion_creature", "motion_clip")},
    )
    assert isinstance(nameless, TrainingTokens)
    bodies, clips = initial_tokens(nameless, data)
    assert bodies.shape == (len(data.bodies), 6)
    assert clips.shape == (len(data.clips), 8, 5)
