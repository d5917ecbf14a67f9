"""Training tokens: initial values of a fit, and the file in the shipped weights."""

from dataclasses import replace

import numpy as np
import pytest
import tiny_run
import torch
from zoetrope.engines.weights.bundle import load_bundle
from zoetrope.engines.weights.folders import find_weights
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.training_tokens import initial_tokens, load_tokens, save_tokens, tokens_path


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Random tokens of the tiny creatures, written and read: tokens, shape, motion."""
    path = tmp_path_factory.mktemp("tokens") / "tokens.npz"
    data, generator = tiny_run.prepared(), torch.Generator().manual_seed(3)
    shape = torch.randn(len(data.bodies), 6, generator=generator)
    motion = torch.randn(len(data.clips), 8, 5, generator=generator)
    save_tokens(path, data, shape, motion)
    return load_tokens(path), shape, motion


def test_training_creatures_start_at_their_own_tokens(saved):
    tokens, shape, motion = saved
    bodies, clips = initial_tokens(tokens, tiny_run.prepared())
    assert torch.allclose(bodies, shape, atol=1e-2)
    assert torch.allclose(clips, motion, atol=1e-2)


def test_new_creatures_start_at_the_mean_of_their_label(saved):
    tokens, _, _ = saved
    data = tiny_run.prepared()
    bodies, clips = initial_tokens(tokens, replace(data, creatures=["new.glb", "b"]))
    assert np.allclose(bodies[0], tokens.shape.mean(0), atol=1e-5), "all creatures are quadrupeds"
    assert np.allclose(bodies[1], tokens.shape[1])
    assert np.allclose(clips[0], tokens.motion.mean(0), atol=1e-5)
    assert np.allclose(clips[1], tokens.motion[1])


def test_tokens_of_several_bodies_a_creature_are_refused(tmp_path):
    data = tiny_run.prepared()
    save_tokens(
        tmp_path / "a.npz", replace(data, creatures=["a", "a"]), torch.zeros(2, 6), torch.zeros(2, 8, 5)
    )
    with pytest.raises(ZoetropeError, match="earlier version"):
        load_tokens(tmp_path / "a.npz")


@pytest.fixture(scope="module")
def shipped():
    weights = find_weights()
    if weights is None or not tokens_path(weights).is_file():
        pytest.skip("this installation has no weights with training tokens")
    return load_bundle(weights), load_tokens(tokens_path(weights))


def test_standardisers_of_the_shipped_weights_are_fitted_to_their_tokens(shipped):
    bundle, tokens = shipped
    shape = bundle.shape_model.standardiser(torch.from_numpy(tokens.shape))
    motion = bundle.motion_model.standardiser(torch.from_numpy(tokens.motion).flatten(0, 1))
    latents = torch.from_numpy(tokens.shape[:, : bundle.motion_model.config.shape])
    condition = bundle.motion_model.shape_standardiser(latents)
    for name, standardised in {"shape": shape, "motion": motion, "condition": condition}.items():
        live = standardised.std(0) > 0.5
        assert live.float().mean() > 0.5, name
        assert standardised.mean(0).abs().max() < 0.02, name
        assert (standardised[:, live].std(0) - 1).abs().max() < 0.02, name


def test_tokens_of_the_shipped_weights_are_of_the_creatures_in_their_description(shipped):
    bundle, tokens = shipped
    training = bundle.description.training
    assert sorted(set(tokens.shape_creature.tolist())) == training["creatures"]
    assert sorted(set(tokens.motion_creature.tolist())) == training["creatures"]
    assert len(tokens.shape) == training["bodies"]
    assert len(tokens.motion) == training["clips"]
