"""MMD, COV and 1-NNA against the direct computation, and in cases whose answers are known."""

import numpy as np
import pytest
from random_sequences import random_clouds as clouds
from scipy.spatial import KDTree
from zoetrope.evaluation.metrics.mmd_cov_nna import metrics_of
from zoetrope.evaluation.metrics.nearest_neighbours import (
    Sequences,
    nearest_between,
    nearest_in,
    nearest_within,
)


def compare(generated, references):
    """Return the metrics of two sets."""
    between = nearest_between(generated, references)
    return metrics_of(*between, nearest_within(generated), nearest_within(references))


def all_distances(a, b):
    """Return all distances (N, M) without lower bounds."""
    out = np.zeros((len(a), len(b)))
    for i in range(len(a)):
        for j in range(len(b)):
            for p, q in zip(a[i], b[j], strict=True):
                out[i, j] += (KDTree(p).query(q)[0] ** 2).mean() + (KDTree(q).query(p)[0] ** 2).mean()
    return out / a.shape[1]


@pytest.mark.parametrize("device", ["cpu", "cpu:0"], ids=["search trees", "brute force"])
def test_neighbours_and_metrics_are_those_of_all_distances(device):
    a, b = clouds(14, 0).astype(np.float32), clouds(14, 1).astype(np.float32)
    ab, aa, bb = all_distances(a, b), all_distances(a, a), all_distances(b, b)
    here, there = nearest_between(Sequences(a, device=device), Sequences(b, device=device))
    np.testing.assert_array_equal(here.index[:, 0], ab.argmin(1))
    np.testing.assert_array_equal(there.index[:, 0], ab.argmin(0))
    np.testing.assert_allclose(here.distance[:, 0], ab.min(1), atol=1e-6)
    index, distance = nearest_in(Sequences(a, device=device), Sequences(b, device=device), 3)
    np.testing.assert_array_equal(index, np.argsort(ab, axis=1)[:, :3])
    np.testing.assert_allclose(distance, np.sort(ab, axis=1)[:, :3], atol=1e-6)
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


def test_metrics_without_a_creature_are_those_of_the_other_references():
    a, b = clouds(12, 11).astype(np.float32), clouds(12, 12).astype(np.float32)
    creatures = np.repeat(np.arange(4), 3)
    first, second = Sequences(a), Sequences(b, creatures)
    between = nearest_between(first, second)
    within = nearest_within(first), nearest_within(second)
    for creature in range(4):
        kept = creatures != creature
        ab, aa, bb = all_distances(a, b[kept]), all_distances(a, a), all_distances(b[kept], b[kept])
        np.fill_diagonal(aa, np.inf)
        np.fill_diagonal(bb, np.inf)
        metrics = metrics_of(*between, *within, excluded_group=creature)
        assert metrics.mmd == pytest.approx(ab.min(0).mean(), abs=1e-6)
        assert metrics.cov == len(set(ab.argmin(1))) / 9
        sides = [(aa.min(1) < ab.min(1)).mean(), (bb.min(1) < ab.min(0)).mean()]
        assert metrics.one_nna == pytest.approx(np.mean(sides))


def test_copy_of_the_references_scores_best():
    a = Sequences(clouds(10, 2))
    metrics = compare(a, a)
    assert (metrics.mmd, metrics.cov, metrics.one_nna) == (0.0, 1.0, 0.0)


def test_distant_sets_are_separable():
    metrics = compare(Sequences(clouds(10, 3)), Sequences(clouds(10, 4) + 100))
    assert metrics.one_nna == 1.0
    assert metrics.mmd > 1000


def test_repeated_sequence_covers_one_reference():
    one = np.repeat(clouds(1, 5), 10, axis=0)
    assert compare(Sequences(one), Sequences(clouds(10, 6))).cov == 0.1


def test_two_sets_of_one_distribution_are_hardly_separable():
    metrics = compare(Sequences(clouds(40, 7)), Sequences(clouds(40, 8)))
    assert 0.3 < metrics.one_nna < 0.7
    assert metrics.cov > 0.4


def test_most_frames_need_no_exact_distance(monkeypatch):
    from zoetrope.evaluation.metrics import nearest_neighbours as nearest

    calls = []
    whole = nearest.directed_chamfer
    monkeypatch.setattr(nearest, "directed_chamfer", lambda a, b: calls.append(1) or whole(a, b))
    species = 3.0 * np.arange(30)[:, None, None, None] % 15  # like clips of five creatures
    a, b = Sequences(clouds(30, 9, frames=8) + species), Sequences(clouds(30, 10, frames=8) + species)
    nearest_between(a, b)
    assert len(calls) < 0.4 * 30 * 30 * 8 * 2
