"""Levels of detail go with their creature, and come back with it."""

import bpy
import pytest
from conftest import datablocks, generate_undo_redo
from known_levels import assert_together, current, generate, hidden_levels

from blender_addon import handlers
from blender_addon.scene import our_actions
from blender_addon.scene.levels import found
from blender_addon.scene.rig import playable_actions

pytestmark = pytest.mark.usefixtures("textured_backend")


def test_deleting_the_creature_removes_them(any_output):
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    before = datablocks()
    obj, _ = generate()
    for other in {obj, obj.parent or obj}:
        other.select_set(True)
    bpy.ops.object.delete()
    assert len(hidden_levels()) == 2
    bpy.context.view_layer.update()
    assert bpy.app.timers.is_registered(handlers._remove_orphans), "the window's loop runs it"
    handlers._remove_orphans()
    assert not hidden_levels()
    assert len(bpy.data.collections) == before["collections"]


def test_undo_of_the_deletion_brings_them_back(any_output):
    obj, _ = generate()
    bpy.ops.ed.undo_push(message="before")
    for other in {obj, obj.parent or obj}:
        other.select_set(True)
    bpy.ops.object.delete("EXEC_DEFAULT", True)
    handlers._remove_orphans()
    assert not hidden_levels()
    bpy.ops.ed.undo()
    obj, levels = current()
    assert len(levels) == 2
    assert_together(obj, levels)


def test_a_saved_file_has_none_of_a_deleted_creature(any_output, tmp_path):
    obj, _ = generate()
    for other in {obj, obj.parent or obj}:
        bpy.data.objects.remove(other)
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert not hidden_levels()
    assert not [mesh for mesh in bpy.data.meshes if "LOD" in mesh.name]
    assert not [action for action in bpy.data.actions if "Quadruped" in action.name]


def test_shown_levels_of_a_deleted_creature_are_the_artists(any_output):
    obj, levels = generate()
    names = [level.name for level in levels]
    for level in levels:
        bpy.context.scene.collection.objects.link(level)
    for other in {obj, obj.parent or obj}:
        bpy.data.objects.remove(other)
    handlers._remove_orphans()
    assert [level.name for level in hidden_levels()] == names


def test_deleting_the_armature_alone_leaves_them(settings):
    obj, levels = generate()
    bpy.data.objects.remove(obj.parent)
    handlers._remove_orphans()
    assert found.of(obj) == levels
    assert found.creature_of(levels[0]) == obj


def test_one_undo_removes_them_and_redo_brings_them_back(any_output):
    generate_undo_redo(levels_of_detail=2)
    obj, levels = current()
    assert_together(obj, levels)


def test_undo_of_a_played_action_is_followed(settings):
    settings.output = "shape_keys"
    obj, _ = generate(actions={"walk", "run"})
    run = our_actions.of(playable_actions.of(bpy.context.object))[1]
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.zoetrope.play_action("EXEC_DEFAULT", True, action=run.name) == {"FINISHED"}
    bpy.context.view_layer.update()
    bpy.ops.ed.undo()
    obj, levels = current()
    obj.data.shape_keys.update_tag()
    bpy.context.view_layer.update()
    assert_together(obj, levels)
