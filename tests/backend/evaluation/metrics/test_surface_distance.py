"""Distances to surfaces and between point clouds."""

import numpy as np
from zoetrope.evaluation.metrics.surface_distance import (
    sample_surface_points,
    to_surface,
)

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=np.float32)
FACES = np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32)


def test_distances_to_a_surface():
    points = np.array([[0.5, 0.5, 0.3], [0.2, 0.1, 0.0], [2, 0.5, 0], [2, 2, 1]])
    np.testing.assert_allclose(to_surface(points, SQUARE, FACES), [0.3, 0, 1, np.sqrt(3)], atol=1e-7)


def test_sampling_is_even_and_repeatable():
    points = sample_surface_points(SQUARE, FACES, 2000)
    np.testing.assert_array_equal(points, sample_surface_points(SQUARE, FACES, 2000))
    assert np.abs(points.mean(axis=0) - [0.5, 0.5, 0]).max() < 0.03
    assert not np.array_equal(points, sample_surface_points(SQUARE, FACES, 2000, seed=1))
