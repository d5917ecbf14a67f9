"""The add-on paints regions as the backend does."""

import numpy as np
import pytest
from zoetrope.assets import region_paint as backend
from zoetrope.fields.colour_regions import REGIONS

from blender_addon.core.colours import region_paint

RNG = np.random.default_rng(3)


def random_regions(count, colours):
    regions = RNG.integers(0, 256, (count, 3))
    regions[:, :2] %= colours
    return regions.astype(np.uint8)


def test_regions_have_the_backends_names_in_its_order():
    assert [name.lower() for name in region_paint.REGIONS] == list(REGIONS)
    assert region_paint.region_name(8) == "Region 9"


@pytest.mark.parametrize("colours", [1, 2, 8, 32])
def test_the_table_has_the_backends_bytes(colours):
    palette = RNG.random((colours, 3)).astype(np.float32)
    regions = random_regions(20_000, colours)
    table = region_paint.colour_table(palette)[region_paint.table_indices(regions, colours)]
    found = table[:, None].view(np.uint8)
    assert np.array_equal(found[:, :3], np.round(255 * backend.paint(regions, palette)).astype(np.uint8))
    assert (found[:, 3] == 255).all()


def test_a_region_that_the_palette_lacks_is_painted_with_its_last_colour():
    assert region_paint.table_indices(np.array([[255, 9, 255]], np.uint8), 2) == (1 * 2 + 1) * 256 + 255


def test_what_does_not_have_the_old_colour_stays():
    indices = region_paint.table_indices(np.array([[0, 1, 255]] * 2, np.uint8), 2)
    old, new = (region_paint.colour_table(np.eye(3)[[i, 2]]) for i in (0, 1))
    pixels = np.array([[255, 0, 0, 255], [254, 0, 0, 255]], np.uint8)
    painted = region_paint.repainted(pixels, indices, old, new)
    assert painted.tolist() == [[0, 255, 0, 255], [254, 0, 0, 255]]


def test_regions_survive_the_attribute():
    regions = random_regions(1000, 256)
    values = region_paint.to_integers(regions)
    assert values.dtype == np.int32
    assert np.array_equal(region_paint.from_integers(values), regions)


def test_a_region_is_shown_where_it_is_the_main_one():
    regions = np.array([[0, 3, 200], [2, 1, 130]], np.uint8)
    assert region_paint.shown_regions(regions, 4).tolist() == [True, False, True, False]
