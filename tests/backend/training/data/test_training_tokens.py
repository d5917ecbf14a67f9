"""The tokens beside the shipped weights are those that their diffusions learned from."""

import pytest
import torch
from zoetrope.engines import find_weights
from zoetrope.engines.bundle import load_bundle
from zoetrope.training.data.training_tokens import FILE, load_tokens

weights = find_weights()
tokens = weights.parent / FILE if weights else None
pytestmark = pytest.mark.skipif(
    tokens is None or not tokens.is_file(), reason="this installation has no weights with tokens beside them"
)


def test_the_standardisers_are_those_of_the_tokens():
    bundle, known = load_bundle(weights), load_tokens(tokens)
    shape = bundle.shape_model.standardiser(torch.from_numpy(known.shape))
    motion = bundle.motion_model.standardiser(torch.from_numpy(known.motion).flatten(0, 1))
    latents = torch.from_numpy(known.shape[:, : bundle.motion_model.config.shape])
    seen = bundle.motion_model.shape_standardiser(latents)
    for name, standard in {"shape": shape, "motion": motion, "the motion's shape": seen}.items():
        live = standard.std(0) > 0.5
        assert live.float().mean() > 0.5, name
        assert standard.mean(0).abs().max() < 0.02, name
        assert (standard[:, live].std(0) - 1).abs().max() < 0.02, name


def test_they_are_of_all_creatures_that_the_weights_name():
    bundle, known = load_bundle(weights), load_tokens(tokens)
    training = bundle.description.training
    assert sorted(set(known.shape_creature.tolist())) == training["creatures"]
    assert sorted(set(known.motion_creature.tolist())) == training["creatures"]
    assert len(known.shape) == training["bodies"]
    assert len(known.motion) == training["clips"]
