"""Limits of the eikonal deviation, from training bodies."""

import numpy as np
import pytest
from zoetrope.engines.weights.bundle import load_bundle
from zoetrope.training.data.training_tokens import FILE, load_tokens
from zoetrope.training.export import eikonal_limits
from zoetrope.training.export.eikonal_limits import TOLERANCE, measure_eikonal_limits


def test_limit_is_above_most_training_bodies(full_run, monkeypatch):
    tokens = load_tokens(full_run / FILE)
    deviations = iter(np.linspace(0.1, 0.2, len(tokens.shape)))
    monkeypatch.setattr(eikonal_limits, "_deviation", lambda *_: next(deviations))
    limits = measure_eikonal_limits(load_bundle(full_run), tokens)
    assert limits == {"quadruped": pytest.approx(0.19 * TOLERANCE, abs=1e-4)}


def test_bodies_without_a_surface_give_no_limit(full_run, monkeypatch):
    monkeypatch.setattr(eikonal_limits, "_deviation", lambda *_: None)
    assert measure_eikonal_limits(load_bundle(full_run), load_tokens(full_run / FILE)) == {}


def test_weights_of_a_run_have_a_limit_for_each_category(full_run):
    description = load_bundle(full_run).description
    assert set(description.eikonal_limits) <= {category.name for category in description.categories}
    assert all(limit > 0 for limit in description.eikonal_limits.values())
