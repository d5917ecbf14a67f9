"""The limits of the check for sampled bodies, from the training bodies of the weights."""

import numpy as np
import pytest
import torch
from zoetrope.engines.weights.bundle import load_bundle, read_description
from zoetrope.training.data.labels import UNLABELLED
from zoetrope.training.data.training_tokens import FILE, load_tokens
from zoetrope.training.export import body_limits
from zoetrope.training.export.body_limits import TOLERANCE, BodyMeasures, measure_body_limits


def test_limits_are_above_nine_tenths_of_the_training_bodies(full_run, monkeypatch):
    tokens = load_tokens(full_run / FILE)
    deviations = iter(np.linspace(0.1, 0.2, len(tokens.shape)))
    monkeypatch.setattr(body_limits, "_measures", lambda *_: BodyMeasures(next(deviations), 0.03))
    categories = tokens.shape_category.tolist()
    limits = measure_body_limits(load_bundle(full_run), torch.from_numpy(tokens.shape), categories)
    assert set(limits.eikonal) == set(limits.loose) == set(tokens.shape_category.tolist())
    assert all(0.1 * TOLERANCE <= limit <= 0.2 * TOLERANCE for limit in limits.eikonal.values())
    assert all(limit == pytest.approx(0.03) for limit in limits.loose.values())


def test_category_without_any_surface_has_no_limit(full_run, monkeypatch):
    monkeypatch.setattr(body_limits, "_measures", lambda *_: None)
    tokens = torch.from_numpy(load_tokens(full_run / FILE).shape)
    assert measure_body_limits(load_bundle(full_run), tokens, ["quadruped"] * len(tokens)) == ({}, {})


def test_unlabelled_bodies_have_no_limits(full_run, monkeypatch):
    monkeypatch.setattr(body_limits, "_measures", lambda *_: BodyMeasures(0.1, 0.0))
    tokens = torch.from_numpy(load_tokens(full_run / FILE).shape)
    limits = measure_body_limits(load_bundle(full_run), tokens, ["fish", UNLABELLED])
    assert set(limits.eikonal) == set(limits.loose) == {"fish"}


def test_limits_of_a_run_are_in_its_weights(full_run):
    description = read_description(full_run)
    names = {category.name for category in description.categories}
    assert description.eikonal_limits
    assert set(description.eikonal_limits) <= names
    assert set(description.eikonal_limits) == set(description.loose_limits)
    assert all(limit > 0 for limit in description.eikonal_limits.values())
    assert all(0 <= limit < 1 for limit in description.loose_limits.values())
