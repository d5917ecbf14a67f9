"""Colours of a sampled body, with the shipped weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from zoetrope.engines.body.colours import GREY, compose_colours

POINTS = np.random.default_rng(0).uniform(-0.5, 0.5, (60, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def shape(creature):
    return torch.from_numpy(creature.tokens["shape"])[None]


def test_colours_are_those_of_the_palettes_seed(bundle, shape):
    colours, again, other = (compose_colours(bundle, shape, 1, seed)(POINTS) for seed in (4, 4, 5))
    assert colours.shape == (60, 3)
    assert colours.dtype == np.float32
    assert 0.0 <= colours.min() <= colours.max() <= 1.0
    assert np.array_equal(colours, again)
    assert np.abs(colours - other).max() > 0.01


def test_creatures_of_weights_without_colours_are_grey(bundle, shape):
    colours = compose_colours(replace(bundle, colours=None), shape, 1, 4)(POINTS)
    assert (colours == np.float32(GREY)).all()
