"""Token baselines use the training tokens of the requested label."""

from pathlib import Path

import numpy as np
import pytest
from zoetrope.engines.body.proportions import resolve_proportions
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.weights.bundle import read_description
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.protocols.token_baselines import MeanShape, TokenGaussian, WithoutProportions
from zoetrope.training.data.training_tokens import TrainingTokens

WEIGHTS = Path(__file__).parents[4] / "weights"


def training_tokens(size):
    """Three quadrupeds and a fish; every number of a row is its index."""
    shape = np.repeat(np.arange(4, dtype=np.float32)[:, None], size, axis=1)
    motion = np.repeat(np.arange(5, dtype=np.float32)[:, None], 2 * 3, axis=1).reshape(5, 2, 3)
    return TrainingTokens(
        shape,
        np.array(["quadruped", "quadruped", "quadruped", "fish"]),
        motion,
        np.array(["quadruped", "quadruped", "quadruped", "quadruped", "fish"]),
        np.array(["walk", "walk", "walk", "run", "swim"]),
        np.array(["cow", "cat", "dog", "cod"]),
        np.array(["cow", "dog", "cow", "dog", "cod"]),
        np.array(["Walk", "Walk", "Stroll", "Run", "Swim"]),
    )


def sampled_rows(engine, category, action):
    """Return the indices of the rows that fifty seeds use."""
    requests = [engine.resolve(GenerateRequest(category, action, seed)) for seed in range(50)]
    tokens = [engine.sample_tokens(request, ignore_progress) for request in requests]
    return {(int(body.tokens[0, 0]), int(motion[0, 0])) for body, motion in tokens}


def baseline(engine_class):
    """Return an engine over the tokens above, in the size of the shipped weights."""
    model = read_description(WEIGHTS).shape_model
    return engine_class(WEIGHTS, training_tokens(model.latent + model.layers * model.code), "cpu")


def test_gaussian_of_one_body_is_that_body():
    assert {shape for shape, _ in sampled_rows(baseline(TokenGaussian), "fish", "swim")} == {3}


@pytest.mark.parametrize("engine_class", [MeanShape, TokenGaussian])
def test_tokens_of_other_weights_are_refused(engine_class):
    with pytest.raises(ZoetropeError, match="not of these weights"):
        engine_class(WEIGHTS, training_tokens(7), "cpu")


def test_without_proportions_none_are_sampled():
    request = GenerateRequest("quadruped", "walk", 3)
    engines = [engine(WEIGHTS, "cpu") for engine in (DnfEngine, WithoutProportions)]
    shapes = [
        resolve_proportions(one.resolve(request).request, one.description.proportion_strengths)
        for one in engines
    ]
    assert [shape.is_identity for shape in shapes] == [False, True]
