"""The two Chamfer distances of clouds whose nearest points are known."""

import pytest
from scipy.spatial import KDTree
from zoetrope.evaluation.metrics.chamfer import chamfer_mean, directed_chamfer

ONE, TWO = KDTree([[0.0, 0, 0]]), KDTree([[3.0, 4, 0], [0, 1, 0]])


def test_chamfer_mean_averages_distances_in_both_directions():
    assert chamfer_mean(ONE, TWO) == pytest.approx(0.5 * (1 + 3))


def test_directed_chamfer_is_the_mean_squared_distance_in_one_direction():
    assert directed_chamfer(ONE, TWO) == pytest.approx(1)
    assert directed_chamfer(TWO, ONE) == pytest.approx(13)
