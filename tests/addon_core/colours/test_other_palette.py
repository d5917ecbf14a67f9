"""A preview's colours in another palette."""

import types

import numpy as np

from blender_addon.core.colours.other_palette import recoloured

OWN = np.float32([[0, 0, 0], [1, 0, 0], [0, 0, 1]])
OTHER = np.float32([[0.1, 0.2, 0.3], [0.5, 0.5, 0.5], [0.9, 0.8, 0.7]])


def body(palette=OWN):
    colours = np.float32([[0.9, 0.1, 0], [0, 0.1, 1], [0.1, 0, 0.2]])
    return types.SimpleNamespace(colours=colours, palette=palette)


def test_each_vertex_has_the_colour_in_place_of_the_nearest_of_its_own():
    before = body()
    made = recoloured(before, OTHER)
    assert np.array_equal(made.colours, OTHER[[1, 2, 0]])
    assert np.array_equal(before.colours, body().colours)


def test_without_a_palette_of_as_many_colours_it_stays():
    for other in (body(None), body(OWN[:2])):
        assert recoloured(other, OTHER) is other
    assert recoloured(before := body(), np.zeros((0, 3), np.float32)) is before
