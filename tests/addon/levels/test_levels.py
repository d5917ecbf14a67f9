"""Levels of detail in the scene: coarser meshes that are and move as their creature does."""

import bpy
import numpy as np
import pytest
from known_levels import assert_together, current, generate, rows, world
from textured import image_of, swatch, uvs_of, vertex_colours

from blender_addon import handlers
from blender_addon.scene import creatures, our_actions
from blender_addon.scene.levels import found
from blender_addon.scene.rig import playable_actions

pytestmark = pytest.mark.usefixtures("textured_backend")


def test_none_are_made_unless_they_are_wanted(settings):
    assert settings.levels_of_detail == 0
    obj, levels = generate(levels_of_detail=0)
    assert not levels
    assert not bpy.data.collections.get(f"{obj.name}_LODs")
    assert len(generate(levels_of_detail=1)[1]) == 1


def test_they_are_coarser_and_named_after_the_creature(any_output):
    obj, levels = generate()
    assert [level.name for level in levels] == [f"{obj.name}_LOD1", f"{obj.name}_LOD2"]
    assert [level.data.name for level in levels] == [level.name for level in levels]
    count = len(obj.data.polygons)
    assert [len(level.data.polygons) for level in levels] == [count // 2, count // 4]
    for level in levels:
        assert not creatures.is_creature(level)
        assert all(polygon.use_smooth for polygon in level.data.polygons)


def test_they_move_as_the_creature_does(any_output):
    obj, levels = generate(actions={"walk", "run"})
    assert_together(obj, levels)
    bpy.context.scene.frame_set(1)
    first = world(levels[0])
    bpy.context.scene.frame_set(4)
    assert np.abs(world(levels[0]) - first).max() > 0.01, "they move"


def test_they_follow_the_action_that_plays(any_output):
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


def test_they_stand_where_the_creature_is_put(any_output):
    obj, levels = generate()
    base = obj.parent or obj
    base.location, base.rotation_euler, base.scale = (3, 4, 5), (0.1, 0.2, 0.3), (2, 2, 2)
    assert_together(obj, levels)


def test_material_textures_and_vertex_colours_are_the_creatures(any_output):
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


def test_they_are_hidden_in_a_collection_beside_the_creature(any_output):
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


def test_they_are_saved_and_belong_together_in_the_opened_file(any_output, tmp_path):
    generate(actions={"walk", "run"})
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    obj, levels = current()
    assert len(levels) == 2
    assert not any(level.visible_get() for level in levels)
    assert_together(obj, levels)


def test_a_level_stands_for_its_creature_in_the_panel(any_output):
    obj, levels = generate()
    bpy.context.view_layer.layer_collection.children["Collection"].children[0].hide_viewport = False
    bpy.context.view_layer.objects.active = levels[1]
    assert creatures.creature_of(bpy.context.object) == obj
    assert bpy.ops.zoetrope.new_proportions() == {"FINISHED"}
    assert len(found.of(obj)) == 2


def test_the_timeline_is_the_creatures_alone_and_given_back(any_output):
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
