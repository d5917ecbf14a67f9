"""Colour regions: palettes with fixed places."""

import numpy as np
from zoetrope.training.data.colour_regions import DARK, DETAILS, LIGHT, ColourRegions

COAT, BELLY, PUPIL, EYE, TONGUE = (
    np.array(c)
    for c in ([0.6, 0.4, 0.2], [0.8, 0.7, 0.5], [0.05, 0.05, 0.05], [0.9, 0.9, 0.9], [0.8, 0.2, 0.3])
)


def regions_of(colours_and_areas):
    colours = np.array([colour for colour, _ in colours_and_areas])
    return ColourRegions.of(colours, np.array([area for _, area in colours_and_areas]))


def test_places_of_a_palette_follow_area_and_lightness():
    found = regions_of([(PUPIL, 0.002), (BELLY, 0.3), (EYE, 0.01), (COAT, 0.68), (TONGUE, 0.008)])
    assert found.face_region.tolist() == [DARK, 1, LIGHT, 0, DETAILS[0]]
    np.testing.assert_allclose(
        found.palette[[0, 1, DARK, LIGHT, DETAILS[0]]], [COAT, BELLY, PUPIL, EYE, TONGUE], atol=0.003
    )


def test_a_dark_coat_is_a_coat():
    assert regions_of([(PUPIL, 0.9), (EYE, 0.1)]).face_region.tolist() == [0, LIGHT]


def test_of_two_dark_details_the_smaller_is_the_pupil():
    nose = np.array([0.15, 0.15, 0.15])
    assert regions_of([(COAT, 0.9), (nose, 0.02), (PUPIL, 0.001)]).face_region.tolist() == [
        0,
        DETAILS[0],
        DARK,
    ]


def test_places_without_a_region_have_a_colour():
    found = regions_of([(COAT, 1.0)])
    assert np.isfinite(found.palette).all()
    assert found.palette[DARK].max() < 0.2
    assert found.palette[LIGHT].min() > 0.8


def test_more_colours_than_places_are_merged_with_their_like():
    rng = np.random.default_rng(0)
    shades = [(COAT + rng.uniform(-0.02, 0.02, 3), 0.05) for _ in range(20)]
    found = regions_of([*shades, (np.array([0.1, 0.2, 0.9]), 0.02)])
    assert found.face_region.max() < len(found.palette)
    blue = found.face_region[-1]
    assert (found.face_region[:-1] != blue).all()
    np.testing.assert_allclose(found.palette[blue], [0.1, 0.2, 0.9], atol=0.003)
