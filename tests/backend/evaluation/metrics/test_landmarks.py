"""The floor of a Chamfer distance is never above it, and near enough to it to be of use."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import KDTree
from zoetrope.evaluation.metrics.landmarks import landmarks
from zoetrope.evaluation.metrics.nearest_neighbours import one_way


def sphere(points: int, seed: int, centre=(0.0, 0.0, 0.0)) -> np.ndarray:
    directions = np.random.default_rng(seed).normal(size=(points, 3))
    return directions / np.linalg.norm(directions, axis=1, keepdims=True) + centre


@given(
    seed=st.integers(0, 2**32 - 1),
    points=st.integers(1, 200),
    others=st.integers(1, 200),
    count=st.integers(0, 250),
    around=st.integers(1, 12),
    apart=st.floats(0.0, 3.0),
)
def test_never_above_the_distance(seed, points, others, count, around, apart):
    rng = np.random.default_rng(seed)
    here, there = rng.normal(size=(points, 3)), rng.normal(size=(others, 3)) + (apart, 0, 0)
    other = KDTree(there)
    assert landmarks(here, count, around).floor(other) <= one_way(KDTree(here), other) + 1e-12


def test_all_points_as_landmarks_give_the_distance_itself():
    here, other = sphere(100, 0), KDTree(sphere(80, 1, (0.5, 0.0, 0.0)))
    assert landmarks(here, 100).floor(other) == pytest.approx(one_way(KDTree(here), other))


def test_a_few_say_most_of_a_large_distance():
    here, other = sphere(2048, 0), KDTree(sphere(2048, 1, (1.0, 0.0, 0.0)))
    whole = one_way(KDTree(here), other)
    assert landmarks(here).floor(other) > 0.5 * whole
    assert landmarks(here, around=1).floor(other) < landmarks(here).floor(other)
