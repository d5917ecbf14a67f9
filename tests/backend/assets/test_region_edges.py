"""Edges between regions are smooth and sharp, and stay where they are."""

import numpy as np
import pytest
from zoetrope.assets.region_edges import smooth_edges
from zoetrope.assets.texels import Texels

SIZE = 1024


@pytest.fixture
def texels():
    """Two charts, left and right, 16 texels apart."""
    row, column = np.nonzero(np.abs(np.arange(SIZE)[None] - 512) >= 8 * np.ones((SIZE, 1)))
    return Texels(row, column, np.zeros(len(row), int), np.zeros((len(row), 3)), SIZE)


def two_regions(inside):
    return np.stack([inside, 1.0 - inside], axis=1).astype(np.float32)


def test_a_frayed_edge_becomes_a_line(texels):
    frays = 3 * np.random.default_rng(0).standard_normal(SIZE)
    inside = texels.row < 100 + frays[texels.column]
    found = smooth_edges(two_regions(inside), texels)[:, 0] > 0.5
    before, after = (np.bincount(texels.column[part], minlength=SIZE) for part in (inside, found))
    covered = after > 0
    assert np.abs(before[covered] - 100).max() > 7
    assert np.abs(after[covered] - 100).max() <= 3
    assert np.abs(np.diff(after[:500])).max() <= 1


def test_specks_go_and_discs_stay(texels):
    def disc(radius):
        return np.hypot(texels.row - 60, texels.column - 60) <= radius

    assert not (smooth_edges(two_regions(disc(2)), texels)[:, 0] > 0.5).any()
    found = smooth_edges(two_regions(disc(8)), texels)[:, 0] > 0.5
    assert found.sum() == pytest.approx(disc(8).sum(), rel=0.15)


def test_charts_do_not_mix(texels):
    found = smooth_edges(two_regions(texels.column < 512), texels)
    np.testing.assert_allclose(found, two_regions(texels.column < 512), atol=1e-6)


def test_the_edge_is_steep(texels):
    found = smooth_edges(two_regions(texels.row < 100), texels)[:, 0]
    assert (found[texels.row <= 96] > 0.99).all()
    assert (found[texels.row >= 103] < 0.01).all()
