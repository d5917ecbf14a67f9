"""Distances interpolated from samples against the procedural creature's exact ones; the page and sheet."""

import numpy as np
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.evaluation.from_samples import Rebuilt, interpolated, page, picture


def test_interpolated_distances_are_near_the_exact_ones():
    creature, rng = ProceduralCreature(seed=1), np.random.default_rng(0)
    vertices, _ = creature.mesh(96)
    around = vertices[rng.integers(len(vertices), size=15_000)]
    points = np.concatenate([around + rng.normal(0, 0.02, around.shape), rng.uniform(-1, 1, (5_000, 3))])
    # Every tenth sample twice: repeated samples must not break the interpolation.
    points = np.concatenate([points, points[::10]])
    field = interpolated(points, creature.sdf(points))
    probes = vertices[rng.integers(len(vertices), size=1_000)] + rng.normal(0, 0.01, (1_000, 3))
    error = np.abs(field(probes.astype(np.float32)) - creature.sdf(probes))
    assert error.mean() < 0.001
    assert np.quantile(error, 0.99) < 0.01


def test_page_and_sheet_hold_every_creature():
    creature = ProceduralCreature(seed=1)
    vertices, faces = creature.mesh(32)
    mesh = (vertices, faces, np.tile(creature.colour, (len(vertices), 1)))
    some = [Rebuilt(f"c{i}", "quadruped", mesh, mesh, 1, 2, 0.001 * i, 0.0, 0.0) for i in range(3)]
    assert picture(some, 40, columns=2).shape == (80, 160, 3)
    text = page(some, 100, 64, "command")
    assert "| c2 | quadruped | 0.00200 |" in text
    assert "0.00100; a cell" in text
