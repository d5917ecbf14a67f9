"""Swatches of a creature: changing one repaints texture and vertex colours, exactly and undoably."""

import time
import types

import bpy
import numpy as np
import pytest
from test_ui import Layout
from textured import (
    PALETTE,
    RECORDED,
    generate,
    image_of,
    images,
    painted,
    palette_of,
    pixels_of,
    save_and_load,
    swatch,
    vertex_colours,
)

from blender_addon.core.colours import png
from blender_addon.scene.colours import swatches, textures
from blender_addon.ui import colours_panel

pytestmark = pytest.mark.usefixtures("textured_backend")

RED = (0.8, 0.1, 0.05)


@pytest.fixture(params=["1024", "VERTEX"])
def coloured(request):
    """A creature with textures, and one with vertex colours alone."""
    return generate(texture=request.param)


def check_colours(obj, palette):
    """Texture, where there is one, and vertex colours are those of a palette, byte by byte."""
    assert np.array_equal(vertex_colours(obj.data), painted(RECORDED["regions"], palette))
    base = obj.data.zoetrope_paint.base_colour
    if base is None:
        return
    assert base == image_of(obj, "Base Color")
    regions = pixels_of(image_of(obj, "Regions"))[..., :3]
    for _ in range(2):
        assert np.array_equal(pixels_of(base)[..., :3], painted(regions, palette))
        base.buffers_free()  # the second time as the packed file has it


def test_a_new_creature_has_the_backends_palette_and_hides_what_it_does_not_show(coloured):
    assert np.array_equal(palette_of(coloured), PALETTE)
    assert [s.name for s in swatches.of_mesh(coloured.data)] == ["Coat", "Dark Detail"]
    check_colours(coloured, PALETTE)


def test_a_swatch_repaints_its_region_alone_and_exactly(coloured):
    swatch(coloured, "Coat").colour = RED
    check_colours(coloured, np.concatenate([[RED], PALETTE[1:]]))
    swatch(coloured, "Coat").colour = PALETTE[0]
    check_colours(coloured, PALETTE)


def test_painting_again_brings_back_the_backends_own_bytes():
    obj = generate()
    before = pixels_of(image_of(obj, "Base Color"))
    swatches.set_palette(obj.data, np.random.default_rng(0).random((8, 3)))
    assert not np.array_equal(pixels_of(image_of(obj, "Base Color")), before)
    swatches.set_palette(obj.data, PALETTE)
    assert np.array_equal(pixels_of(image_of(obj, "Base Color")), before)


def test_all_mixtures_of_two_regions_are_painted_exactly():
    rng = np.random.default_rng(1)
    obj = generate()
    regions = np.dstack(
        [rng.integers(0, 8, (512, 512)), rng.integers(0, 8, (512, 512)), rng.integers(0, 256, (512, 512))]
    )
    regions = regions.astype(np.uint8)
    paint = obj.data.zoetrope_paint
    paint.regions = textures.new_image("R", png.encode(regions[::-1]), is_data=True)
    textures.write(
        paint.base_colour, np.dstack([painted(regions, PALETTE), np.full((512, 512), 255, np.uint8)])
    )
    palette = rng.random((8, 3)).astype(np.float32)
    swatches.set_palette(obj.data, palette)
    assert np.array_equal(pixels_of(paint.base_colour)[..., :3], painted(regions, palette))


def test_what_was_painted_by_hand_stays(coloured):
    mesh, image = coloured.data, coloured.data.zoetrope_paint.base_colour
    mesh.color_attributes["Colour"].data[7].color_srgb = (0, 1, 0, 1)
    if image is not None:
        pixels = np.array(image.pixels[:]).reshape(512, 512, 4)
        pixels[100:140, 200:240] = (0, 1, 0, 1)
        image.pixels.foreach_set(pixels.astype(np.float32).ravel())
    swatch(coloured, "Coat").colour = RED
    assert tuple(vertex_colours(mesh)[7]) == (0, 255, 0)
    if image is not None:
        assert (pixels_of(image)[100:140, 200:240] == (0, 255, 0, 255)).all()
        assert not image.is_dirty


def test_one_undo_brings_back_swatch_texture_and_vertex_colours(coloured):
    bpy.ops.ed.undo_push(message="before")
    swatch(coloured, "Coat").colour = RED
    bpy.ops.ed.undo_push(message="Change Color")
    check_colours(coloured, np.concatenate([[RED], PALETTE[1:]]))  # Blender holds these pixels in memory
    name = coloured.name
    for _ in range(2):
        bpy.ops.ed.undo()
        assert np.array_equal(palette_of(bpy.data.objects[name]), PALETTE)
        check_colours(bpy.data.objects[name], PALETTE)
        bpy.ops.ed.redo()
        check_colours(bpy.data.objects[name], np.concatenate([[RED], PALETTE[1:]]))


def test_pixels_that_undo_leaves_in_memory_follow_the_swatches():
    obj = generate()
    swatch(obj, "Coat").colour = RED
    with swatches._no_repaint():  # as undo in a window: tests/gui/swatches.py
        swatch(obj, "Coat").colour = swatch(obj, "Coat").painted = PALETTE[0]
    image = image_of(obj, "Base Color")
    regions = pixels_of(image_of(obj, "Regions"))[..., :3]
    assert not np.array_equal(pixels_of(image)[..., :3], painted(regions, PALETTE))
    swatches.show_again()
    assert np.array_equal(pixels_of(image)[..., :3], painted(regions, PALETTE))


def test_swatches_survive_save_and_load_and_go_on_painting(coloured, tmp_path):
    swatch(coloured, "Coat").colour = RED
    obj = save_and_load(tmp_path / "a.blend")
    palette = np.concatenate([[RED], PALETTE[1:]]).astype(np.float32)
    assert np.array_equal(palette_of(obj), palette)
    check_colours(obj, palette)
    swatch(obj, "Dark Detail").colour = palette[4] = (1, 1, 1)
    check_colours(obj, palette)


def test_a_duplicate_gets_colours_of_its_own(coloured):
    other = coloured.copy()
    other.data = coloured.data.copy()
    bpy.context.collection.objects.link(other)
    swatch(other, "Coat").colour = RED
    check_colours(coloured, PALETTE)
    check_colours(other, np.concatenate([[RED], PALETTE[1:]]))
    count = len(images())
    swatch(other, "Coat").colour = PALETTE[4]
    swatch(coloured, "Coat").colour = PALETTE[4]
    assert len(images()) == count, "one copy is enough"


def test_a_linked_duplicate_shares_them(coloured):
    other = coloured.copy()
    bpy.context.collection.objects.link(other)
    count = len(images())
    swatch(other, "Coat").colour = RED
    check_colours(coloured, np.concatenate([[RED], PALETTE[1:]]))
    assert len(images()) == count


def test_the_viewport_colour_follows_unless_the_artist_set_it(coloured):
    material = coloured.data.materials[0]
    before = tuple(material.diffuse_color)
    swatch(coloured, "Coat").colour = RED
    assert material.diffuse_color[0] > before[0]
    material.diffuse_color = (0, 0, 1, 1)
    swatch(coloured, "Coat").colour = PALETTE[0]
    assert tuple(material.diffuse_color) == (0, 0, 1, 1)


def test_edits_of_the_mesh_do_not_stop_the_swatches(coloured):
    bpy.context.view_layer.objects.active = coloured
    mesh = coloured.data
    mesh.shape_keys is None or coloured.shape_key_clear()
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.mesh.subdivide()
    swatch(coloured, "Coat").colour = RED  # a script may, in Edit Mode
    bpy.ops.object.mode_set(mode="OBJECT")
    swatch(coloured, "Coat").colour = PALETTE[0]
    mesh.color_attributes.remove(mesh.color_attributes["Colour"])
    swatch(coloured, "Coat").colour = RED
    assert np.allclose(swatch(coloured, "Coat").painted, RED)


def test_a_scaled_texture_is_repainted_too():
    obj = generate()
    image = image_of(obj, "Base Color")
    image.scale(256, 256)
    before = pixels_of(image)
    swatch(obj, "Coat").colour = RED
    changed = (pixels_of(image) != before).any(axis=2)
    assert tuple(image.size) == (256, 256)
    assert changed.mean() > 0.5


def test_a_texture_of_1024_is_repainted_within_a_fifth_of_a_second():
    obj = generate()
    paint = obj.data.zoetrope_paint
    for name in ("base_colour", "regions"):
        large = np.kron(pixels_of(getattr(paint, name))[::-1, :, :3], np.ones((2, 2, 1), np.uint8))
        image = getattr(paint, name)
        setattr(paint, name, textures.new_image("L", png.encode(large), is_data=name == "regions"))
        assert image.size[0] * 2 == 1024
    seconds = []
    for i in range(5):
        start = time.process_time()  # other processes do not count
        swatch(obj, "Coat").colour = (0.1 * i, 0.5, 0.5)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.2


def test_the_panel_shows_the_swatches_of_a_creature_that_has_some(coloured):
    drawn, panel = [], colours_panel.ZOETROPE_PT_colours
    assert panel.poll(bpy.context)
    stub = types.SimpleNamespace(layout=Layout(drawn))
    panel.draw(stub, bpy.context)
    assert drawn == ["Coat", "Dark Detail"]
    bpy.context.view_layer.objects.active = bpy.data.objects["Cube"]
    assert not panel.poll(bpy.context)
