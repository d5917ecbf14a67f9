"""Levels of detail while the artist parents, moves and copies the creature."""

import bpy
import numpy as np
import pytest
from known_levels import assert_together, current, generate, hidden_levels
from textured import swatch, vertex_colours

from blender_addon import handlers
from blender_addon.scene import creatures
from blender_addon.scene.levels import found

pytestmark = pytest.mark.usefixtures("textured_backend")


def _parent_to_empty(obj):
    empty = bpy.data.objects.new("Empty", None)
    bpy.context.scene.collection.objects.link(empty)
    empty.location, empty.scale = (1, 2, 3), (2, 2, 2)
    obj.parent = empty


def _clear_parent(obj):
    bpy.ops.object.select_all(action="DESELECT")
    bpy.context.view_layer.objects.active = obj
    obj.select_set(True)
    bpy.ops.object.parent_clear(type="CLEAR_KEEP_TRANSFORM")


def _another_armature(obj):
    rig = bpy.data.objects.new("Mine", bpy.data.armatures.new("Mine"))
    bpy.context.scene.collection.objects.link(rig)
    obj.parent = rig


def _only_an_instance(obj):
    collection = bpy.data.collections.new("Asset")
    for other in {obj, obj.parent or obj}:
        for user in list(other.users_collection):
            user.objects.unlink(other)
        collection.objects.link(other)
    instance = bpy.data.objects.new("Instance", None)
    instance.instance_type, instance.instance_collection = "COLLECTION", collection
    bpy.context.scene.collection.objects.link(instance)


@pytest.mark.parametrize("change", [_parent_to_empty, _clear_parent, _another_armature, _only_an_instance])
def test_ordinary_work_on_the_creature_leaves_them_and_they_follow(any_output, tmp_path, change):
    obj, levels = generate()
    names = [level.name for level in levels]
    change(obj)
    bpy.context.view_layer.update()
    assert not bpy.app.timers.is_registered(handlers._remove_orphans)
    if obj.users_scene:
        assert_together(obj, levels)
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert [level.name for level in hidden_levels()] == names
    (obj,) = (obj for obj in bpy.data.objects if creatures.is_creature(obj))
    assert [level.name for level in found.of(obj)] == names


def test_they_follow_the_mesh_object_that_is_moved_on_its_armature(any_output):
    obj, levels = generate()
    obj.location.x += 3
    obj.rotation_euler.z = 1
    assert_together(obj, levels)


def _duplicate(obj, linked=False):
    bpy.ops.object.select_all(action="DESELECT")
    bpy.context.view_layer.objects.active = obj
    obj.select_set(True)
    bpy.ops.object.duplicate(linked=linked)
    return bpy.context.object


def test_a_duplicate_on_the_same_armature_has_none_of_its_own(any_output):
    obj, levels = generate()
    copy = _duplicate(obj)
    assert found.of(copy) == []
    before = vertex_colours(levels[0].data)
    swatch(copy, "Coat").colour = (0.9, 0.1, 0.2)
    assert np.array_equal(vertex_colours(levels[0].data), before)
    assert levels[0].data.materials[0] == obj.data.materials[0] != copy.data.materials[0]
    bpy.context.view_layer.objects.active = copy
    assert bpy.ops.zoetrope.new_proportions() == {"FINISHED"}
    assert found.of(obj) == levels
    assert len(found.of(copy)) == 2


def test_new_proportions_of_a_linked_duplicate_leave_the_levels_of_the_first(any_output):
    obj, levels = generate()
    copy = _duplicate(obj, linked=True)
    assert found.of(copy) == []
    assert bpy.ops.zoetrope.new_proportions() == {"FINISHED"}
    assert current()[0] == copy
    assert len(found.of(copy)) == 2
    assert found.of(obj) == levels
    assert_together(obj, levels)


def test_a_level_without_its_parent_is_that_of_the_oldest_with_its_identifier(any_output):
    obj, levels = generate()
    copy = _duplicate(obj)
    for level in levels:
        level.parent = None
    assert found.of(obj) == levels
    bpy.data.objects.remove(obj)
    handlers._remove_orphans()
    assert found.of(copy) == levels
    bpy.data.objects.remove(copy)
    handlers._remove_orphans()
    assert not hidden_levels()


def test_they_go_to_a_copy_of_the_creature_that_is_left(any_output):
    obj, levels = generate()
    both = {obj, obj.parent or obj}
    bpy.ops.object.select_all(action="DESELECT")
    for other in both:
        other.select_set(True)
    bpy.ops.object.duplicate()
    copy = creatures.creature_of(bpy.context.object)
    base = copy.parent or copy
    base.location.x += 5
    for other in both:
        bpy.data.objects.remove(other)
    bpy.context.view_layer.update()
    assert bpy.app.timers.is_registered(handlers._remove_orphans)
    handlers._remove_orphans()
    assert found.of(copy) == levels
    assert_together(copy, levels)


def test_a_full_copy_of_the_scene_has_levels_of_its_own(any_output):
    obj, levels = generate()
    bpy.ops.scene.new(type="FULL_COPY")
    (copy,) = (other for other in bpy.context.scene.objects if creatures.is_creature(other))
    own = found.of(copy)
    assert len(own) == 2
    assert not set(own) & set(levels)
    assert found.of(obj) == levels
