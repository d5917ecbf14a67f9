"""MMD, COV and 1-NNA against the obvious way to compute them, and against cases whose answers are known."""

import numpy as np
import pytest
from scipy.spatial import KDTree
from zoetrope.evaluation.metrics.mmd_cov_nna import compare, from_nearest
from zoetrope.evaluation.metrics.nearest_neighbours import (
    Sequences,
    nearest_between,
    nearest_in,
    nearest_within,
)


def clouds(count, seed, frames=4, points=64):
    """Random ellipsoids that drift and breathe."""
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(count, 1, points, 3))
    base *= rng.uniform(0.2, 1, (count, 1, 1, 3)) / np.linalg.norm(base, axis=-1, keepdims=True)
    time = np.linspace(0, 1, frames)[None, :, None, None]
    return base * (1 + rng.uniform(-0.5, 0.5, (count, 1, 1, 1)) * time) + time * rng.normal(
        0, 0.3, (count, 1, 1, 3)
    )


def obvious(a, b):
    """All distances (N, M), nothing abandoned."""
    out = np.zeros((len(a), len(b)))
    for i in range(len(a)):
        for j in range(len(b)):
            for p, q in zip(a[i], b[j], strict=True):
                out[i, j] += (KDTree(p).query(q)[0] ** 2).mean() + (KDTree(q).query(p)[0] ** 2).mean()
    return out / a.shape[1]


@pytest.mark.parametrize("device", ["cpu", "cpu:0"], ids=["search trees", "brute force, as on a GPU"])
def test_against_the_obvious_way(device):
    a, b = clouds(14, 0).astype(np.float32), clouds(14, 1).astype(np.float32)
    ab, aa, bb = obvious(a, b), obvious(a, a), obvious(b, b)
    here, there = nearest_between(Sequences(a, device=device), Sequences(b, device=device))
    np.testing.assert_array_equal(here.index[:, 0], ab.argmin(1))
    np.testing.assert_array_equal(there.index[:, 0], ab.argmin(0))
    np.testing.assert_allclose(here.distance[:, 0], ab.min(1), atol=1e-6)
    index, distance = nearest_in(Sequences(a, device=device), Sequences(b, device=device))
    np.testing.assert_array_equal(index, ab.argmin(1))
    np.testing.assert_allclose(distance, ab.min(1), atol=1e-6)
    np.fill_diagonal(aa, np.inf)
    np.fill_diagonal(bb, np.inf)
    found = nearest_within(Sequences(a, device=device))
    np.testing.assert_array_equal(found.index[:, 0], aa.argmin(1))
    np.testing.assert_allclose(found.distance[:, 0], aa.min(1), atol=1e-6)
    metrics = compare(Sequences(a, device=device), Sequences(b, device=device))
    assert metrics.mmd == pytest.approx(ab.min(0).mean(), abs=1e-6)
    assert metrics.cov == len(set(ab.argmin(1))) / 14
    right = (aa.min(1) < ab.min(1)).sum() + (bb.min(1) < ab.min(0)).sum()
    assert metrics.one_nna == pytest.approx(right / 28)


def test_leaving_out_a_creature_is_as_if_it_had_not_been():
    a, b = clouds(12, 11).astype(np.float32), clouds(12, 12).astype(np.float32)
    creatures = np.repeat(np.arange(4), 3)
    first, second = Sequences(a), Sequences(b, creatures)
    between, own, theirs = nearest_between(first, second), nearest_within(first), nearest_within(second)
    for creature in range(4):
        kept = creatures != creature
        ab, aa, bb = obvious(a, b[kept]), obvious(a, a), obvious(b[kept], b[kept])
        np.fill_diagonal(aa, np.inf)
        np.fill_diagonal(bb, np.inf)
        metrics = from_nearest(*between, own, theirs, without=creature)
        assert metrics.mmd == pytest.approx(ab.min(0).mean(), abs=1e-6)
        assert metrics.cov == len(set(ab.argmin(1))) / 9
        sides = [(aa.min(1) < ab.min(1)).mean(), (bb.min(1) < ab.min(0)).mean()]
        assert metrics.one_nna == pytest.approx(np.mean(sides))


def test_a_copy_is_the_best_there_is():
    a = Sequences(clouds(10, 2))
    metrics = compare(a, a)
    assert (metrics.mmd, metrics.cov, metrics.one_nna) == (0.0, 1.0, 0.0)


def test_sets_far_apart_are_told_apart():
    metrics = compare(Sequences(clouds(10, 3)), Sequences(clouds(10, 4) + 100))
    assert metrics.one_nna == 1.0
    assert metrics.mmd > 1000


def test_one_thing_again_and_again_covers_one_reference():
    one = np.repeat(clouds(1, 5), 10, axis=0)
    assert compare(Sequences(one), Sequences(clouds(10, 6))).cov == 0.1


def test_two_draws_from_one_source_are_hard_to_tell_apart():
    metrics = compare(Sequences(clouds(40, 7)), Sequences(clouds(40, 8)))
    assert 0.3 < metrics.one_nna < 0.7
    assert metrics.cov > 0.4


def test_abandoning_saves_most_frames(monkeypatch):
    from zoetrope.evaluation.metrics import nearest_neighbours as nearest

    calls = []
    whole = nearest.one_way
    monkeypatch.setattr(nearest, "one_way", lambda a, b: calls.append(1) or whole(a, b))
    kinds = 3.0 * np.arange(30)[:, None, None, None] % 15  # like clips of five creatures
    a, b = Sequences(clouds(30, 9, frames=8) + kinds), Sequences(clouds(30, 10, frames=8) + kinds)
    nearest_between(a, b)
    assert len(calls) < 0.4 * 30 * 30 * 8 * 2


def test_sets_of_different_size_are_refused():
    with pytest.raises(ValueError, match="10 generated"):
        compare(Sequences(clouds(10, 0)), Sequences(clouds(9, 1)))
