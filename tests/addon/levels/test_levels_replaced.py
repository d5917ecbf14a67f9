"""Levels of detail of a creature that is replaced, repainted or animated anew."""

import json

import bpy
import numpy as np
import pytest
from conftest import datablocks
from known_levels import assert_together, current, generate, hidden_levels, rows
from textured import vertex_colours

from blender_addon.scene import creatures
from blender_addon.scene.levels import found

pytestmark = pytest.mark.usefixtures("textured_backend")


@pytest.mark.parametrize("verb", ["generate", "new_body", "new_proportions"])
def test_they_are_replaced_with_the_creature(settings, any_output, verb):
    settings.placement, settings.seed = "REPLACE", 3
    obj, levels = generate()
    before, names = datablocks(), [level.name for level in levels]
    place = bpy.context.view_layer.layer_collection.children["Collection"].children[f"{obj.name}_LODs"]
    place.hide_viewport = False
    assert getattr(bpy.ops.zoetrope, verb)() == {"FINISHED"}
    new, replaced = current()
    assert new == obj
    assert datablocks() == before
    assert [level.name for level in replaced] == names
    assert all(level.visible_get() for level in replaced), "the artist has opened their collection"
    assert_together(new, replaced)


def test_replacing_without_levels_removes_them_and_their_collection(settings, any_output):
    settings.placement = "REPLACE"
    generate(levels_of_detail=0)
    without = datablocks()
    generate()
    assert not generate(levels_of_detail=0)[1]
    assert datablocks() == without


def test_new_proportions_keep_what_was_painted_by_hand(settings):
    obj, _ = generate(texture="VERTEX")
    painted = np.random.default_rng(1).integers(0, 256, (len(obj.data.vertices), 4)) / 255
    obj.data.color_attributes["Colour"].data.foreach_set("color_srgb", painted.astype(np.float32).ravel())
    assert bpy.ops.zoetrope.new_proportions() == {"FINISHED"}
    obj, levels = current()
    for level in levels:
        some = rows(obj, level.data[found.NUMBER])
        assert np.array_equal(vertex_colours(level.data), vertex_colours(obj.data)[some])


def test_new_coat_repaints_them(settings):
    obj, levels = generate()
    before = vertex_colours(levels[1].data)
    assert bpy.ops.zoetrope.new_coat() == {"FINISHED"}
    assert found.of(obj) == levels
    assert not np.array_equal(vertex_colours(levels[1].data), before)


def test_a_failure_while_replacing_leaves_them(monkeypatch, settings, any_output):
    from blender_addon.scene import build

    settings.placement = "REPLACE"
    obj, levels = generate()
    before = datablocks()
    monkeypatch.setattr(build.levels, "settle", lambda *_: 1 / 0)
    monkeypatch.setattr(build.replacement.Replacement, "end", lambda *_: 1 / 0)
    with pytest.raises(RuntimeError, match="could not be built"):
        bpy.ops.zoetrope.generate()
    monkeypatch.undo()
    assert datablocks() == before
    assert found.of(obj) == levels
    assert_together(obj, levels)


def test_animating_the_creatures_mesh_anew_removes_them_with_a_note(settings, any_output):
    obj, _ = generate()
    settings.animate.rig = "donor"
    bpy.ops.object.select_all(action="DESELECT")
    obj.select_set(True)
    bpy.context.view_layer.objects.active = obj
    assert bpy.ops.zoetrope.animate() == {"FINISHED"}
    assert not hidden_levels()
    assert not [collection for collection in bpy.data.collections if found.COLLECTION in collection]
    notes = creatures.notes_of(creatures.animation_of(bpy.context.object))
    assert sum("levels of detail" in note for note in notes) == 1


def test_new_body_requests_as_many(settings):
    generate()
    assert bpy.ops.zoetrope.new_body() == {"FINISHED"}
    obj, levels = current()
    assert json.loads(obj.data["zoetrope"])["request"]["levels_of_detail"] == 2
    assert len(levels) == 2
