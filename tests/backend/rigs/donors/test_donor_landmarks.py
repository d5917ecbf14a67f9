"""Landmarks of donors lie where their joints say, and a body gets those of the donor that it resembles."""

import numpy as np
import pytest
from zoetrope.bodies.maps.landmarks import TYPICAL
from zoetrope.engines.weights.folders import find_weights
from zoetrope.rigs.donors.files import DESCRIPTION
from zoetrope.rigs.donors.landmarks import landmarks_of, nearest_landmarks
from zoetrope.rigs.donors.library import load_donors


@pytest.fixture(scope="module")
def library():
    folder = find_weights()
    if folder is None or not (folder / DESCRIPTION).is_file():
        pytest.skip("the weights have no donors here")
    return load_donors(folder)


@pytest.mark.parametrize("category", TYPICAL)
def test_landmarks_are_in_the_box_on_the_mid_plane_and_a_part_of_the_body(library, category):
    for donor in library.of_category(category):
        found, low, high = landmarks_of(donor), donor.rest.min(axis=0), donor.rest.max(axis=0)
        for point in (found.head, found.neck, found.hips):
            assert ((point >= low - 0.1) & (point <= high + 0.1)).all(), donor.name
            assert point[0] == pytest.approx(0.5 * (low[0] + high[0]), abs=1e-5), donor.name
        assert 0 < found.head_radius < 0.6 * np.ptp(donor.rest, axis=0).max(), donor.name
        assert 0 < found.half_width <= 0.5 * (high[0] - low[0]) + 1e-6, donor.name
        assert found.leg_top is None or low[2] < found.leg_top < high[2], donor.name


def test_heads_of_quadrupeds_are_in_front_and_their_legs_end_at_the_joints(library):
    for donor in library.of_category("quadruped"):
        found, names = landmarks_of(donor), donor.skeleton.names
        assert found.head[1] < found.hips[1], donor.name
        upper = [i for i, name in enumerate(names) if name.startswith(("leg_back_upper", "leg_front_upper"))]
        if upper:
            assert found.leg_top == pytest.approx(donor.skeleton.heads[upper, 2].min()), donor.name


@pytest.mark.parametrize("category", ["quadruped", "fish"])
def test_a_stretched_donor_gets_its_own_landmarks_stretched(library, category):
    donors = library.of_category(category)
    for donor in donors[::5]:
        scale = np.array([1.2, 0.9, 1.1])
        found, expected = nearest_landmarks(scale * donor.rest, donors), landmarks_of(donor)
        for name in ("head", "neck", "hips"):
            wanted = scale * getattr(expected, name)
            assert np.allclose(getattr(found, name)[1:], wanted[1:], atol=1e-5), (donor.name, name)
