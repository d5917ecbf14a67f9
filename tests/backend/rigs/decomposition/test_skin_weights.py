"""Weights for known transforms."""

import numpy as np
import pytest
import scipy.sparse as sp
from moving_tube import moving_tube
from scipy.optimize import minimize
from zoetrope.rigs.decomposition.skin_weights import PRIOR, _convex, refine_weights


def test_true_weights_are_found_from_true_transforms():
    known = moving_tube()
    count = known.weights.shape[1]
    even = sp.csr_array((known.weights > 0) / (known.weights > 0).sum(axis=1, keepdims=True))
    found = refine_weights(
        even,
        known.rest,
        known.transforms,
        lambda vertices: known.frames[:, vertices],
        np.full(len(known.rest), -1),
        lambda *_: None,
    )
    assert np.abs(found.dense(count) - known.weights).max() < 0.01


@pytest.mark.parametrize("seed", range(6))
def test_the_bounded_problem_is_solved_exactly(seed):
    rng = np.random.default_rng(seed)
    away = rng.normal(size=(5, 4, 3))
    form = np.einsum("tka,tla->kl", away, away)
    start = rng.dirichlet(np.ones(4))
    (found,) = _convex(form[None], start[None])
    best = minimize(
        lambda w: w @ form @ w + PRIOR**2 * ((w - start) ** 2).sum(),
        np.full(4, 0.25),
        bounds=[(0.0, None)] * 4,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1.0},
        options={"ftol": 1e-12},
    )
    assert np.allclose(found, best.x, atol=1e-4)
    assert found.min() >= 0.0
    assert found.sum() == pytest.approx(1.0)


def test_where_bones_move_alike_weights_stay_as_they_were():
    known = moving_tube(6)
    same = np.repeat(known.transforms[:, :1], 2, axis=1)
    frames = known.rest @ same[:, 0, :, :3].transpose(0, 2, 1) + same[:, :1, :, 3]
    given = np.linspace(0.1, 0.9, len(known.rest))
    prior = sp.csr_array(np.stack([given, 1.0 - given], axis=1))
    none = np.full(len(known.rest), -1)
    found = refine_weights(prior, known.rest, same, lambda v: frames[:, v], none, lambda *_: None)
    assert np.allclose(found.dense(2)[:, 0], given, atol=1e-6)
