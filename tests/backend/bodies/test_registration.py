"""Registration of procedural creatures onto one another, where the correspondence is known."""

import numpy as np
import pytest
import torch
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.bodies.registration import COARSE, Settings, register
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.geometry.normalisation import normalising_box

QUICK = Settings(nodes=80, source_points=1000, target_points=2000, iterations=90)


@pytest.fixture(scope="module")
def creature():
    vertices, faces = ProceduralCreature(0).mesh(40)
    return vertices.astype(float), faces


def test_onto_itself_nothing_moves(creature):
    vertices, _ = creature
    fit = register(creature, creature, QUICK)
    assert np.linalg.norm(fit.warp(vertices) - vertices, axis=1).mean() < 0.02
    assert fit.cost < 0.07, "what is left is the distance between samples"
    assert fit.distortion < 0.06


def test_a_deformed_body_finds_its_way_back(creature):
    vertices, faces = creature
    body_map = BodyShape.sample(np.random.default_rng(3), 1.5, "quadruped").map_for(vertices, "quadruped")
    deformed = body_map(vertices)
    deformed = normalising_box(deformed).to_box(deformed)
    moved = np.linalg.norm(deformed - vertices, axis=1).mean()
    fit = register((deformed, faces), creature, QUICK)
    missed = np.linalg.norm(fit.warp(deformed) - vertices, axis=1)
    assert moved > 0.05
    assert missed.mean() < 0.4 * moved, "vertices come near their own places"
    assert fit.forward < 0.02, "and onto the surface: 0.015 is the distance between samples"


def test_an_unlike_body_costs_more(creature):
    import trimesh

    ball = trimesh.creation.icosphere(subdivisions=3, radius=0.9)
    like = register(creature, creature, COARSE).cost
    unlike = register((np.asarray(ball.vertices), np.asarray(ball.faces)), creature, COARSE).cost
    assert unlike > 2 * like


def test_the_same_seed_gives_the_same_warp_with_several_threads(creature):
    threads = torch.get_num_threads()
    torch.set_num_threads(4)
    try:
        found = [register(creature, creature, COARSE, seed=5) for _ in range(4)]
    finally:
        torch.set_num_threads(threads)
    assert len({one.cost for one in found}) == 1
    assert all(np.array_equal(found[0].warp(creature[0][:50]), one.warp(creature[0][:50])) for one in found)
