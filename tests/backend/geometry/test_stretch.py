"""Stretch of edges: known factors, a percentile, edges once each."""

import numpy as np
import pytest
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_properties import edge_stretch, unique_edges

TETRAHEDRON = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=float)
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])


def test_every_edge_is_there_once():
    assert {tuple(edge) for edge in unique_edges(FACES).tolist()} == {
        (0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)
    }  # fmt: skip
    assert len(unique_edges(FACES)) == 6


@pytest.mark.parametrize("factor", [3.0, 1 / 3])
def test_stretch_counts_both_ways(factor):
    frames = np.stack([TETRAHEDRON, factor * TETRAHEDRON])
    assert edge_stretch(TETRAHEDRON, unique_edges(FACES), frames) == pytest.approx(3)


def test_stretch_is_a_percentile():
    creature = ProceduralCreature(0)
    surface = extract_surface(creature.sdf, 32)
    rest, edges = surface.vertices.astype(float), unique_edges(surface.faces)
    torn = rest.copy()
    torn[0] += 10
    assert edge_stretch(rest, edges, torn[None]) == pytest.approx(1)
    assert edge_stretch(rest, edges, torn[None], quantile=1.0) > 100
