"""Meshes that lie on their side are refused; those that stand, or whose facing is given, are not."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from zoetrope.bodies.recognition import recognise
from zoetrope.bodies.surface_distance import Candidate
from zoetrope.bodies.target import read_target
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.errors import ZoetropeError


@pytest.fixture(scope="module")
def donors():
    vertices, faces = ProceduralCreature(0).mesh(40)
    return [Candidate("walker", "quadruped", vertices.astype(float), faces)]


def walker(axis, degrees):
    """Another walker, rotated about an axis."""
    vertices, faces = ProceduralCreature(4).mesh(40)
    rotation = Rotation.from_euler(axis, degrees, degrees=True).as_matrix()
    return read_target(vertices.astype(float) @ rotation.T, faces)


@pytest.mark.parametrize(("axis", "degrees"), [("y", 90.0), ("y", 180.0), ("x", 90.0)])
def test_a_mesh_that_lies_is_refused_with_a_remedy(donors, axis, degrees):
    with pytest.raises(ZoetropeError, match="upright") as caught:
        recognise(walker(axis, degrees), donors)
    assert caught.value.code == "bad_mesh"
    assert "Z up" in caught.value.remedy


def test_a_mesh_that_stands_is_accepted(donors):
    assert recognise(walker("z", 90.0), donors).matches[0].name == "walker"


def test_a_given_facing_is_trusted(donors):
    found = recognise(walker("y", 90.0), donors, facing=0.0)
    assert np.isfinite(found.matches[0].cost)
