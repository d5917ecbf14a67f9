"""Levels of detail in the scene: coarser meshes that are, move and go as their creature does."""

import json

import bpy
import numpy as np
import pytest
from conftest import datablocks
from known_levels import assert_together, current, generate, rows, world
from textured import image_of, swatch, uvs_of, vertex_colours

from blender_addon import handlers
from blender_addon.scene import creatures, our_actions
from blender_addon.scene.levels import found
from blender_addon.scene.rig import playable_actions

pytestmark = pytest.mark.usefixtures("textured_backend")


@pytest.fixture(params=["armature", "shape_keys", "both"])
def output(request, settings):
    """What moves creatures; beside bones with correctives."""
    settings.output = request.param
    return request.param


def hidden_levels():
    return [obj for obj in bpy.data.objects if found.is_level(obj)]


def test_none_are_made_unless_they_are_wanted(settings):
    assert settings.levels_of_detail == 0
    obj, levels = generate(levels_of_detail=0)
    assert not levels
    assert not bpy.data.collections.get(f"{obj.name}_LODs")
    assert len(generate(levels_of_detail=1)[1]) == 1


def test_they_are_coarser_and_named_after_the_creature(output):
    obj, levels = generate()
    assert [level.name for level in levels] == [f"{obj.name}_LOD1", f"{obj.name}_LOD2"]
    assert [level.data.name for level in levels] == [level.name for level in levels]
    count = len(obj.data.polygons)
    assert [len(level.data.polygons) for level in levels] == [count // 2, count // 4]
    for level in levels:
        assert not creatures.is_creature(level)
        assert all(polygon.use_smooth for polygon in level.data.polygons)


def test_they_move_as_the_creature_does(output):
    obj, levels = generate(actions={"walk", "run"})
    assert_together(obj, levels)
    bpy.context.scene.frame_set(1)
    first = world(levels[0])
    bpy.context.scene.frame_set(4)
    assert np.abs(world(levels[0]) - first).max() > 0.01, "they move"


def test_they_follow_the_action_that_plays(output):
    obj, levels = generate(actions={"walk", "run"})
    bpy.context.scene.frame_set(4)
    walking = world(levels[0])
    run = our_actions.of(playable_actions.of(bpy.context.object))[1]
    assert bpy.ops.zoetrope.play_action(action=run.name) == {"FINISHED"}
    assert_together(obj, levels)
    bpy.context.scene.frame_set(4)
    assert np.abs(world(levels[0]) - walking).max() > 0.01
    assert bpy.ops.zoetrope.push_to_nla() == {"FINISHED"}
    assert_together(obj, levels, (1, 4, 15, 20))


def test_an_action_that_the_artist_assigns_is_followed(settings):
    settings.output = "shape_keys"
    obj, levels = generate(actions={"walk", "run"})
    keys = obj.data.shape_keys
    _, run = our_actions.of(keys)
    keys.animation_data.action = run
    if hasattr(run, "slots"):
        keys.animation_data.action_slot = run.slots[0]
    bpy.context.view_layer.update()
    assert [level.data.shape_keys.animation_data.action for level in levels] == [run, run]
    assert_together(obj, levels)


def test_a_slower_strip_and_a_muted_track_are_followed(settings):
    settings.output = "shape_keys"
    obj, levels = generate(actions={"walk", "run"})
    assert bpy.ops.zoetrope.push_to_nla() == {"FINISHED"}
    tracks = obj.data.shape_keys.animation_data.nla_tracks
    strip = tracks[1].strips[0]
    strip.scale, strip.repeat = 1.5, 2.0
    tracks[0].mute = True
    obj.data.shape_keys.update_tag()
    bpy.context.view_layer.update()
    assert_together(obj, levels, (1, 25, 31, 40))


def test_they_stand_where_the_creature_is_put(output):
    obj, levels = generate()
    base = obj.parent or obj
    base.location, base.rotation_euler, base.scale = (3, 4, 5), (0.1, 0.2, 0.3), (2, 2, 2)
    assert_together(obj, levels)


def test_material_textures_and_vertex_colours_are_the_creatures(output):
    obj, levels = generate()
    for level in levels:
        assert level.data.materials[:] == obj.data.materials[:]
        some = rows(obj, level.data[found.NUMBER])
        assert np.array_equal(vertex_colours(level.data), vertex_colours(obj.data)[some])
        assert np.array_equal(uvs_of(level.data), uvs_of(obj.data)[: len(level.data.loops)])


@pytest.mark.parametrize("texture", ["1024", "VERTEX"])
def test_swatches_repaint_them(settings, texture):
    obj, levels = generate(texture=texture)
    before = vertex_colours(levels[0].data)
    swatch(obj, "Coat").colour = (0.9, 0.1, 0.2)
    assert not np.array_equal(vertex_colours(levels[0].data), before)
    for level in levels:
        some = rows(obj, level.data[found.NUMBER])
        assert np.array_equal(vertex_colours(level.data), vertex_colours(obj.data)[some])
        assert level.data.materials[0] == obj.data.materials[0]


def test_the_viewport_colour_follows_small_steps_of_a_swatch(settings):
    obj, _ = generate()
    before = tuple(obj.data.materials[0].diffuse_color)
    for i in range(30):
        swatch(obj, "Coat").colour = (0.2 + 0.02 * i, 0.1, 0.2)
    assert obj.data.materials[0].diffuse_color[0] > before[0] + 0.02


def test_swatches_of_a_copy_of_the_creature_leave_its_levels(settings):
    settings.output = "shape_keys"
    obj, levels = generate()
    copy = obj.copy()
    copy.data = obj.data.copy()
    bpy.context.collection.objects.link(copy)
    assert found.of(copy) == []
    before = vertex_colours(levels[0].data)
    swatch(copy, "Coat").colour = (0.9, 0.1, 0.2)
    assert np.array_equal(vertex_colours(levels[0].data), before)
    assert levels[0].data.materials[0] == obj.data.materials[0] != copy.data.materials[0]
    swatch(obj, "Coat").colour = (0.1, 0.9, 0.2)
    assert levels[0].data.materials[0] == obj.data.materials[0]
    assert image_of(levels[1], "Base Color") == image_of(obj, "Base Color")


def test_they_are_hidden_in_a_collection_beside_the_creature(output):
    beasts = bpy.data.collections.new("Beasts")
    bpy.context.scene.collection.children.link(beasts)
    layer = bpy.context.view_layer
    layer.active_layer_collection = layer.layer_collection.children["Beasts"]
    obj, levels = generate()
    (home,) = {collection for level in levels for collection in level.users_collection}
    assert home.name == f"{obj.name}_LODs"
    assert beasts.children[:] == [home]
    assert home.hide_render
    assert not any(level.visible_get() for level in levels)
    (area,) = (area for area in bpy.context.screen.areas if area.type == "VIEW_3D")
    with bpy.context.temp_override(area=area, region=area.regions[-1]):
        bpy.ops.object.hide_view_clear()
    assert not any(level.visible_get() for level in levels), "Show Hidden Objects does not show them"
    place = layer.layer_collection.children["Beasts"].children[home.name]
    place.hide_viewport = False
    assert all(level.visible_get() for level in levels), "one click does"
    assert set(bpy.context.selected_objects) == {obj, bpy.context.object}


def test_a_second_creature_with_a_level_for_active_collection_is_visible(settings):
    obj, _ = generate()
    layers = bpy.context.view_layer.layer_collection.children["Collection"].children
    bpy.context.view_layer.active_layer_collection = layers[f"{obj.name}_LODs"]
    second, levels = generate()
    assert second.visible_get()
    assert [level.name for level in levels] == [f"{second.name}_LOD1", f"{second.name}_LOD2"]


@pytest.mark.parametrize("verb", ["generate", "new_body", "new_proportions"])
def test_they_are_replaced_with_the_creature(settings, output, verb):
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


def test_replacing_without_levels_removes_them_and_their_collection(settings, output):
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


def test_a_failure_while_replacing_leaves_them(monkeypatch, settings, output):
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


def test_deleting_the_creature_removes_them(output):
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


def test_undo_of_the_deletion_brings_them_back(output):
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


def test_animating_the_creatures_mesh_anew_removes_them_with_a_note(settings, output):
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


def test_a_saved_file_has_none_of_a_deleted_creature(output, tmp_path):
    obj, _ = generate()
    for other in {obj, obj.parent or obj}:
        bpy.data.objects.remove(other)
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert not hidden_levels()
    assert not [mesh for mesh in bpy.data.meshes if "LOD" in mesh.name]
    assert not [action for action in bpy.data.actions if "Quadruped" in action.name]


def test_shown_levels_of_a_deleted_creature_are_the_artists(output):
    obj, levels = generate()
    names = [level.name for level in levels]
    for level in levels:
        bpy.context.scene.collection.objects.link(level)
    for other in {obj, obj.parent or obj}:
        bpy.data.objects.remove(other)
    handlers._remove_orphans()
    assert [level.name for level in hidden_levels()] == names


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
def test_ordinary_work_on_the_creature_leaves_them_and_they_follow(output, tmp_path, change):
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


def test_they_follow_the_mesh_object_that_is_moved_on_its_armature(output):
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


def test_a_duplicate_on_the_same_armature_has_none_of_its_own(output):
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


def test_new_proportions_of_a_linked_duplicate_leave_the_levels_of_the_first(output):
    obj, levels = generate()
    copy = _duplicate(obj, linked=True)
    assert found.of(copy) == []
    assert bpy.ops.zoetrope.new_proportions() == {"FINISHED"}
    assert current()[0] == copy
    assert len(found.of(copy)) == 2
    assert found.of(obj) == levels
    assert_together(obj, levels)


def test_a_level_without_its_parent_is_that_of_the_oldest_with_its_identifier(output):
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


def test_they_go_to_a_copy_of_the_creature_that_is_left(output):
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


def test_a_full_copy_of_the_scene_has_levels_of_its_own(output):
    obj, levels = generate()
    bpy.ops.scene.new(type="FULL_COPY")
    (copy,) = (other for other in bpy.context.scene.objects if creatures.is_creature(other))
    own = found.of(copy)
    assert len(own) == 2
    assert not set(own) & set(levels)
    assert found.of(obj) == levels


def test_deleting_the_armature_alone_leaves_them(settings):
    obj, levels = generate()
    bpy.data.objects.remove(obj.parent)
    handlers._remove_orphans()
    assert found.of(obj) == levels
    assert found.creature_of(levels[0]) == obj


def test_one_undo_removes_them_and_redo_brings_them_back(output):
    bpy.ops.ed.undo_push(message="before")
    before = datablocks()
    bpy.context.scene.zoetrope.levels_of_detail = 2
    assert bpy.ops.zoetrope.generate("EXEC_DEFAULT", True) == {"FINISHED"}
    after = datablocks()
    bpy.ops.ed.undo()
    assert datablocks() == before
    bpy.ops.ed.redo()
    assert datablocks() == after
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


def test_they_are_saved_and_belong_together_in_the_opened_file(output, tmp_path):
    generate(actions={"walk", "run"})
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    obj, levels = current()
    assert len(levels) == 2
    assert not any(level.visible_get() for level in levels)
    assert_together(obj, levels)


def test_a_level_stands_for_its_creature_in_the_panel(output):
    obj, levels = generate()
    bpy.context.view_layer.layer_collection.children["Collection"].children[0].hide_viewport = False
    bpy.context.view_layer.objects.active = levels[1]
    assert creatures.creature_of(bpy.context.object) == obj
    assert bpy.ops.zoetrope.new_proportions() == {"FINISHED"}
    assert len(found.of(obj)) == 2


def test_the_timeline_is_the_creatures_alone_and_given_back(output):
    scene = bpy.context.scene
    before = scene.frame_end
    obj, _ = generate()
    assert scene.zoetrope.timeline.alone
    assert scene.frame_end < before
    for other in {obj, obj.parent or obj}:
        bpy.data.objects.remove(other)
    handlers._remove_orphans()
    bpy.context.view_layer.update()
    assert scene.frame_end == before


def test_new_body_requests_as_many(settings):
    generate()
    assert bpy.ops.zoetrope.new_body() == {"FINISHED"}
    obj, levels = current()
    assert json.loads(obj.data["zoetrope"])["request"]["levels_of_detail"] == 2
    assert len(levels) == 2
