"""The first comparison of a mesh with donors: at the right heading a donor is nearest to itself."""

import numpy as np
import pytest
from zoetrope.bodies.surface_distance import Candidate, surface_distances
from zoetrope.bodies.target import turn
from zoetrope.clips.procedural import ProceduralCreature

HEADINGS = np.array([0.0, 90.0, 180.0, 270.0])


@pytest.fixture(scope="module")
def donors():
    meshes = [ProceduralCreature(seed).mesh(40) for seed in (0, 4)]
    return [Candidate(str(i), "quadruped", v.astype(float), f) for i, (v, f) in enumerate(meshes)]


@pytest.mark.parametrize("index", [0, 1, 2, 3])
def test_the_heading_that_turns_a_donor_back_is_nearest(donors, index):
    donor = donors[0]
    away = donor.vertices @ turn(-HEADINGS[index]).T
    distances = surface_distances(away, donor.faces, donors, HEADINGS)
    assert distances.shape == (4, 2)
    assert np.unravel_index(distances.argmin(), distances.shape) == (index, 0)


def test_scale_and_place_do_not_matter(donors):
    donor = donors[0]
    here = surface_distances(donor.vertices, donor.faces, donors, HEADINGS)
    there = surface_distances(7.0 * donor.vertices + [3.0, -2.0, 5.0], donor.faces, donors, HEADINGS)
    assert np.allclose(here, there)
