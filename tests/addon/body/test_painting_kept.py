"""What an artist painted by hand stays on a creature with one thing changed."""

import bpy
import numpy as np
import pytest
from textured import generate, image_of, pixels_of, swatch, vertex_colours
from variations import notes_of, vary

pytestmark = pytest.mark.usefixtures("textured_backend", "output")


def paint_by_hand(obj):
    """Paint a square of a creature's texture by hand; returns all its pixels (H, W, 4) uint8."""
    image = image_of(obj, "Base Color")
    pixels = pixels_of(image)
    pixels[20:40, 20:40] = (1, 2, 3, 255)
    image.pixels.foreach_set((pixels / np.float32(255)).ravel())
    image.update()
    return pixels


def test_hand_painting_and_swatches_stay_with_new_proportions():
    obj = generate(texture="1024")
    swatch(obj, "Coat").colour = (0.9, 0.1, 0.2)
    image = image_of(obj, "Base Color")
    pixels = pixels_of(image)
    pixels[100:120, 100:120] = (1, 2, 3, 255)
    image.pixels.foreach_set((pixels / np.float32(255)).ravel())
    image.update()
    coat = vertex_colours(obj.data)
    obj = vary("new_proportions")
    assert np.array_equal(pixels_of(image_of(obj, "Base Color")), pixels)
    assert np.array_equal(vertex_colours(obj.data), coat)
    assert tuple(swatch(obj, "Coat").colour) == pytest.approx((0.9, 0.1, 0.2))
    swatch(obj, "Coat").colour = (0.1, 0.9, 0.2)
    now = pixels_of(image_of(obj, "Base Color"))
    assert (now[100:120, 100:120] == (1, 2, 3, 255)).all(), (
        "what was painted is still kept apart from the coat"
    )
    assert not np.array_equal(now, pixels)


@pytest.mark.parametrize("verb", ["new_proportions", "apply_proportions"])
def test_hand_painting_stays_where_another_uv_map_is_active(verb):
    obj = generate(texture="1024")
    pixels = paint_by_hand(obj)
    other = obj.data.uv_layers.new(name="Lightmap")
    other.uv.foreach_set("vector", np.full(2 * len(obj.data.loops), 0.1, np.float32))
    obj.data.uv_layers.active = other
    obj.data.zoetrope_proportions.legs = 1.3
    obj = vary(verb)
    assert np.array_equal(pixels_of(image_of(obj, "Base Color")), pixels)
    assert not any("painted" in note for note in notes_of(obj))


def test_hand_painting_stays_where_the_texture_was_scaled():
    obj = generate(texture="1024")
    image_of(obj, "Base Color").scale(128, 128)
    pixels = paint_by_hand(obj)
    obj = vary("new_proportions")
    image = image_of(obj, "Base Color")
    assert tuple(image.size) == (128, 128)
    assert np.array_equal(pixels_of(image), pixels)
    swatch(obj, "Coat").colour = (0.1, 0.9, 0.2)
    assert (pixels_of(image)[20:40, 20:40] == (1, 2, 3, 255)).all()


def test_hand_painting_that_does_not_fit_is_noted():
    obj = generate(texture="1024")
    obj.data.uv_layers["UVMap"].uv[0].vector = (0.5, 0.5)
    obj = vary("new_proportions")
    assert not any("painted" in note for note in notes_of(obj)), "there was none"
    paint_by_hand(obj)
    obj.data.uv_layers["UVMap"].uv[0].vector = (0.5, 0.5)
    assert sum("painted by hand was not kept" in note for note in notes_of(vary("new_proportions"))) == 1
    bpy.data.images.remove(image_of(obj, "Base Color"))
    assert sum("painted by hand was not kept" in note for note in notes_of(vary("new_proportions"))) == 1
    assert not any("painted" in note for note in notes_of(vary("new_proportions")))
