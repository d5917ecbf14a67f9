"""New Coat: another palette from the backend, the mesh untouched."""

import json
import time

import bpy
import known_creature
import numpy as np
import pytest
from conftest import datablocks
from test_swatches import check_colours
from textured import PALETTE, RECORDED, generate, palette_of, swatch, vertex_colours

from blender_addon import runtime
from blender_addon.operators import modal_job
from blender_addon.scene.colours import swatches
from blender_addon.scene.levels import found

pytestmark = pytest.mark.usefixtures("textured_backend", "output")


@pytest.mark.parametrize("texture", ["1024", "VERTEX"])
def test_the_swatches_follow_and_the_mesh_stays(settings, texture):
    obj = generate(texture=texture)
    before, mesh = datablocks(), obj.data
    assert bpy.ops.zoetrope.new_coat() == {"FINISHED"}
    seed = json.loads(mesh["zoetrope"])["request"]["palette"]
    assert np.array_equal(palette_of(obj), known_creature.palette(seed))
    check_colours(obj, known_creature.palette(seed))
    points = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", points)
    assert np.array_equal(points.reshape(-1, 3), RECORDED["rest"])
    assert obj.data == mesh
    assert datablocks() == before
    assert (settings.natural_palette, settings.palette) == (False, seed), (
        "it is generated again with this coat"
    )
    assert bpy.ops.zoetrope.new_coat() == {"FINISHED"}
    assert json.loads(mesh["zoetrope"])["request"]["palette"] != seed


def test_the_panels_palette_stays_where_it_is_about_another_creature(settings):
    generate()
    settings.seed = 99
    assert bpy.ops.zoetrope.new_coat() == {"FINISHED"}
    assert settings.natural_palette


def test_it_is_one_undo_step():
    obj = generate()
    name = obj.name
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.zoetrope.new_coat("EXEC_DEFAULT", True) == {"FINISHED"}
    bpy.ops.ed.undo()
    check_colours(bpy.data.objects[name], PALETTE)


def test_it_starts_a_backend_where_none_runs(session):
    obj = generate()
    session.close()
    assert bpy.ops.zoetrope.new_coat() == {"FINISHED"}
    assert session.backend_pid() is not None
    assert not np.array_equal(palette_of(obj), PALETTE)


def test_weights_without_regions_are_one_sentence_and_nothing_changes(monkeypatch, session):
    obj = generate()
    session.close()
    monkeypatch.setenv("STAND_IN_MODE", "no_regions")
    with pytest.raises(RuntimeError, match="no color regions"):
        bpy.ops.zoetrope.new_coat()
    check_colours(obj, PALETTE)


def test_a_palette_of_another_size_is_refused(monkeypatch, session):
    obj = generate()
    obj.data.zoetrope_paint.swatches.remove(7)
    with pytest.raises(RuntimeError, match="have 8 regions"):
        bpy.ops.zoetrope.new_coat()
    assert not runtime.get().session.running()


def test_it_needs_a_creature_with_swatches(monkeypatch):
    assert not bpy.ops.zoetrope.new_coat.poll()
    monkeypatch.setenv("STAND_IN_RESULT", str(known_creature.RECORDED))
    generate(texture="VERTEX")
    assert not bpy.ops.zoetrope.new_coat.poll()


@pytest.mark.parametrize("which", ["creature", "level", "linked duplicate"])
def test_edit_mode_that_is_entered_meanwhile_is_left(monkeypatch, which):
    obj = generate(levels_of_detail=1, texture="1024")
    (level,) = found.of(obj)
    copy = bpy.data.objects.new("Copy", obj.data)
    for other in (level, copy):
        bpy.context.scene.collection.objects.link(other)
    edited = {"creature": obj, "level": level, "linked duplicate": copy}[which]
    sleep = time.sleep

    def enter(seconds):
        bpy.context.view_layer.objects.active = edited
        if edited.mode == "OBJECT":
            bpy.ops.object.mode_set(mode="EDIT")
        sleep(seconds)

    monkeypatch.setattr(modal_job.time, "sleep", enter)
    assert bpy.ops.zoetrope.new_coat() == {"FINISHED"}
    monkeypatch.undo()
    assert edited.mode == "OBJECT"
    palette = palette_of(obj)
    check_colours(obj, palette)
    rows = np.empty(len(level.data.vertices), np.int32)
    level.data.attributes[found.VERTEX].data.foreach_get("value", rows)
    assert np.array_equal(vertex_colours(level.data), vertex_colours(obj.data)[rows])


def test_a_swatch_that_changes_in_edit_mode_is_painted_with_the_next_change():
    obj = generate(texture="1024")
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    assert not bpy.ops.zoetrope.new_coat.poll()
    swatch(obj, "Coat").colour = (0.9, 0.1, 0.2)
    bpy.ops.object.mode_set(mode="OBJECT")
    check_colours(obj, PALETTE)
    swatch(obj, "Marking 1").colour = (0.2, 0.3, 0.4)
    check_colours(obj, palette_of(obj))


def test_a_texture_that_cannot_be_painted_is_noted():
    obj = generate(texture="1024")
    assert swatches.notes(obj.data) == []
    paint = obj.data.zoetrope_paint
    paint.base_colour = bpy.data.images.new("Wide", 8, 8, float_buffer=True)
    assert swatches.notes(obj.data)[0].startswith("Wide has no pixels of four bytes")
    assert bpy.ops.zoetrope.new_coat() == {"FINISHED"}
    bpy.data.images.remove(paint.base_colour)
    assert "image of the creature's colors was removed" in swatches.notes(obj.data)[0]
    bpy.data.images.remove(paint.regions)
    assert len(swatches.notes(obj.data)) == 1
    assert swatches.notes(generate(texture="VERTEX").data) == []


def test_vertex_colours_that_cannot_be_painted_are_noted():
    obj = generate(texture="VERTEX")
    obj.data.attributes.remove(obj.data.attributes["zoetrope_regions"])
    (note,) = swatches.notes(obj.data)
    assert "vertex colors are not painted" in note
    assert bpy.ops.zoetrope.new_coat() == {"FINISHED"}


@pytest.mark.parametrize("lost", ["regions", "base_colour", "attribute"])
def test_new_proportions_give_what_could_not_be_painted_the_swatches_colours(lost):
    obj = generate(texture="1024")
    if lost == "attribute":
        obj.data.attributes.remove(obj.data.attributes["zoetrope_regions"])
    else:
        bpy.data.images.remove(getattr(obj.data.zoetrope_paint, lost))
    swatch(obj, "Coat").colour = (0.9, 0.1, 0.2)
    palette = palette_of(obj)
    assert bpy.ops.zoetrope.new_proportions() == {"FINISHED"}
    assert swatches.notes(obj.data) == []
    check_colours(obj, palette)
