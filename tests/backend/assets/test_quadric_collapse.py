"""The record of collapses, and how many of them a face budget needs."""

import numpy as np
import pytest
import trimesh
from zoetrope.assets.quadric_collapse import collapse_edges


@pytest.fixture(scope="module")
def sphere():
    mesh = trimesh.creation.icosphere(2)
    return np.asarray(mesh.vertices), np.asarray(mesh.faces)


@pytest.mark.parametrize("budget", [320, 319, 318, 317, 200, 100])
def test_a_budget_takes_the_fewest_collapses_that_meet_it(sphere, budget):
    vertices, faces = sphere
    assert len(faces) == 320
    record = collapse_edges(vertices, faces, 100)
    count = record.prefix(budget)
    assert count == -((budget - 320) // 2), "each collapse removes two faces"
    assert len(record.replay(faces, faces, count, len(vertices))[0]) == 320 - 2 * count <= budget


def test_a_budget_that_the_mesh_meets_takes_none(sphere):
    vertices, faces = sphere
    assert collapse_edges(vertices, faces, 100).prefix(1000) == 0
    assert collapse_edges(vertices, faces, 320).prefix(320) == 0


def test_a_budget_that_cannot_be_met_takes_all(sphere):
    vertices, faces = sphere
    record = collapse_edges(vertices, faces, 100)
    assert record.prefix(50) == len(record.dropped) == 110
