"""Distances to surfaces and between clouds."""

import numpy as np
import pytest
from defective_sequences import body
from scipy.spatial import KDTree
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.evaluation.metrics.surface_distance import (
    between_surfaces,
    canonical,
    chamfer,
    sample_surface,
    to_surface,
)
from zoetrope.geometry.isosurface import extract_surface

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=np.float32)
FACES = np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32)


def mesh(seed):
    surface = extract_surface(ProceduralCreature(seed).sdf, 64)
    return surface.vertices, surface.faces


def test_to_surface():
    points = np.array([[0.5, 0.5, 0.3], [0.2, 0.1, 0.0], [2, 0.5, 0], [2, 2, 1]])
    np.testing.assert_allclose(to_surface(points, SQUARE, FACES), [0.3, 0, 1, np.sqrt(3)], atol=1e-7)


def test_between_surfaces_goes_both_ways():
    small = SQUARE * 0.5
    there, back = between_surfaces((small, FACES), (SQUARE, FACES))
    np.testing.assert_allclose(there, 0, atol=1e-7)
    np.testing.assert_allclose(back, [0, 0.5, np.sqrt(0.5), 0.5], atol=1e-6)


def test_sampling_is_even_and_repeats():
    points = sample_surface(SQUARE, FACES, 2000)
    np.testing.assert_array_equal(points, sample_surface(SQUARE, FACES, 2000))
    assert np.abs(points.mean(axis=0) - [0.5, 0.5, 0]).max() < 0.03
    assert not np.array_equal(points, sample_surface(SQUARE, FACES, 2000, seed=1))


def test_chamfer_of_points():
    assert chamfer(KDTree([[0.0, 0, 0]]), KDTree([[3.0, 4, 0], [0, 1, 0]])) == pytest.approx(0.5 * (1 + 3))


def test_canonical():
    vertices, _ = body()
    box = canonical(vertices * 7 + 3)
    np.testing.assert_allclose(box.min(axis=0), -box.max(axis=0), atol=1e-6)
    assert np.ptp(box, axis=0).max() == pytest.approx(1.8)
