"""Distances to surfaces and between point clouds."""

import numpy as np
import pytest
from defective_sequences import body
from scipy.spatial import KDTree
from zoetrope.evaluation.metrics.surface_distance import (
    canonical,
    chamfer,
    sample_surface,
    to_surface,
)

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=np.float32)
FACES = np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32)


def test_distances_to_a_surface():
    points = np.array([[0.5, 0.5, 0.3], [0.2, 0.1, 0.0], [2, 0.5, 0], [2, 2, 1]])
    np.testing.assert_allclose(to_surface(points, SQUARE, FACES), [0.3, 0, 1, np.sqrt(3)], atol=1e-7)


def test_sampling_is_even_and_repeatable():
    points = sample_surface(SQUARE, FACES, 2000)
    np.testing.assert_array_equal(points, sample_surface(SQUARE, FACES, 2000))
    assert np.abs(points.mean(axis=0) - [0.5, 0.5, 0]).max() < 0.03
    assert not np.array_equal(points, sample_surface(SQUARE, FACES, 2000, seed=1))


def test_chamfer_averages_both_directions():
    assert chamfer(KDTree([[0.0, 0, 0]]), KDTree([[3.0, 4, 0], [0, 1, 0]])) == pytest.approx(0.5 * (1 + 3))


def test_canonical_bounding_box_is_centred_with_longest_side_1_8():
    vertices, _ = body()
    box = canonical(vertices * 7 + 3)
    np.testing.assert_allclose(box.min(axis=0), -box.max(axis=0), atol=1e-6)
    assert np.ptp(box, axis=0).max() == pytest.approx(1.8)
