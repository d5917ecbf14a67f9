"""Lower bounds of the Chamfer distance hold, and are tight enough to be useful."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import KDTree
from zoetrope.evaluation.metrics.chamfer import directed_chamfer
from zoetrope.evaluation.metrics.chamfer_lower_bound import choose_landmarks


def sphere(points: int, seed: int, centre=(0.0, 0.0, 0.0)) -> np.ndarray:
    directions = np.random.default_rng(seed).normal(size=(points, 3))
    return directions / np.linalg.norm(directions, axis=1, keepdims=True) + centre


@given(
    seed=st.integers(0, 2**32 - 1),
    points=st.integers(1, 200),
    others=st.integers(1, 200),
    count=st.integers(0, 250),
    neighbours=st.integers(1, 12),
    offset=st.floats(0.0, 3.0),
)
def test_lower_bound_is_never_above_the_distance(seed, points, others, count, neighbours, offset):
    rng = np.random.default_rng(seed)
    here, there = rng.normal(size=(points, 3)), rng.normal(size=(others, 3)) + (offset, 0, 0)
    other = KDTree(there)
    assert (
        choose_landmarks(here, count, neighbours).lower_bound(other)
        <= directed_chamfer(KDTree(here), other) + 1e-12
    )


def test_lower_bound_with_all_points_as_landmarks_is_the_distance():
    here, other = sphere(100, 0), KDTree(sphere(80, 1, (0.5, 0.0, 0.0)))
    assert choose_landmarks(here, 100).lower_bound(other) == pytest.approx(
        directed_chamfer(KDTree(here), other)
    )


def test_few_landmarks_bound_a_large_distance_closely():
    here, other = sphere(2048, 0), KDTree(sphere(2048, 1, (1.0, 0.0, 0.0)))
    whole = directed_chamfer(KDTree(here), other)
    assert choose_landmarks(here).lower_bound(other) > 0.5 * whole
    assert choose_landmarks(here, neighbours=1).lower_bound(other) < choose_landmarks(here).lower_bound(other)
