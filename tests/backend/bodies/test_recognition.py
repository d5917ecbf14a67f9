"""Category, facing and donor of meshes whose answer is known."""

import numpy as np
import pytest
import trimesh
from zoetrope.bodies.recognition import recognise
from zoetrope.bodies.surface_distance import Candidate
from zoetrope.bodies.target import read_target, turn
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.errors import Cancelled


def candidate(name, category, vertices, faces):
    return Candidate(name, category, np.asarray(vertices, float), np.asarray(faces))


@pytest.fixture(scope="module")
def donors():
    ball = trimesh.creation.icosphere(subdivisions=3, radius=0.9)
    rod = trimesh.creation.capsule(height=1.4, radius=0.2)
    lying = np.asarray(rod.vertices) @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]).T
    return [
        candidate("walker", "quadruped", *ProceduralCreature(0).mesh(40)),
        candidate("ball", "blob", ball.vertices, ball.faces),
        candidate("rod", "fish", lying - lying.mean(axis=0), rod.faces),
    ]


@pytest.fixture(scope="module")
def other_walker():
    vertices, faces = ProceduralCreature(4).mesh(40)
    return vertices.astype(float), faces


@pytest.mark.parametrize("degrees", [0.0, 90.0, 180.0])
def test_a_walker_is_recognised_whichever_way_it_faces(donors, other_walker, degrees):
    vertices, faces = other_walker
    found = recognise(read_target(vertices @ turn(-degrees).T, faces), donors)
    assert found.matches[0].name == "walker"
    assert found.matches[0].category == "quadruped"
    assert found.matches[0].facing == degrees
    assert found.confidence > 0.9


def test_a_body_without_front_and_back_is_not_certain(donors):
    rod = trimesh.creation.capsule(height=1.4, radius=0.2)
    lying = np.asarray(rod.vertices) @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]).T
    found = recognise(read_target(lying, rod.faces), donors)
    assert found.matches[0].name == "rod"
    assert found.facing_margin < 0.12
    assert found.confidence < 0.75


def test_what_the_artist_says_stands(donors, other_walker):
    found = recognise(read_target(*other_walker), donors, category="fish", facing=90.0)
    assert {match.category for match in found.matches} == {"fish"}
    assert {match.facing for match in found.matches} == {90.0}
    assert found.category_margin == found.facing_margin == 1.0


def test_it_can_be_cancelled(donors, other_walker):
    def cancel(_step, _total):
        raise Cancelled

    with pytest.raises(Cancelled):
        recognise(read_target(*other_walker), donors, on_step=cancel)
