"""Values at texels: which are evaluated and which interpolated."""

import numpy as np
from zoetrope.assets.adaptive_texels import TexelLattice, evaluate_adaptively
from zoetrope.assets.texels import Texels, rasterise


def test_adaptive_evaluation_saves_calls_and_stays_within_its_tolerance():
    uvs = np.array([[[0.05, 0.05], [0.95, 0.05], [0.05, 0.95]]], np.float32)
    texels = rasterise(uvs, 256)
    points = np.stack([texels.column / 256, texels.row / 256, 0 * texels.row], axis=1)
    calls = []

    def function(x):
        calls.append(len(x))
        return np.stack([x[:, 0], (x[:, 1] > 0.5).astype(float)], axis=1)

    values = evaluate_adaptively(function, points, TexelLattice(texels, np.zeros(len(points), int), 4), 0.02)
    assert sum(calls) < 0.2 * len(points)
    wanted = function(points)
    assert np.abs(values[:, 0] - wanted[:, 0]).max() < 1e-5
    np.testing.assert_array_equal(values[:, 1], wanted[:, 1])


def test_texels_of_different_charts_are_not_interpolated():
    row, column = (axis.ravel() for axis in np.mgrid[0:8, 0:9])
    texels = Texels(row, column, np.zeros(72, int), np.ones((72, 3), np.float32), 16)
    calls = []

    def function(x):
        calls.append(x)
        return np.zeros((len(x), 1))

    evaluate_adaptively(
        function, np.stack([column, row, 0 * row], axis=1), TexelLattice(texels, row % 2, 2), 0.1
    )
    evaluated = {tuple(point[:2]) for call in calls for point in call}
    between_rows = {(x, y) for x in range(9) for y in range(1, 8, 2)}
    assert between_rows <= evaluated
    assert evaluated - between_rows == {(x, y) for x in range(0, 9, 2) for y in range(0, 8, 2)}


def test_with_stride_1_all_are_evaluated():
    texels = Texels(np.arange(5), np.arange(5), np.zeros(5, int), np.ones((5, 3), np.float32), 8)
    points = np.arange(15.0).reshape(5, 3)
    values = evaluate_adaptively(lambda x: x, points, TexelLattice(texels, np.zeros(5, int), 1), 100.0)
    np.testing.assert_array_equal(values, points)
