"""Shape Keys to Bones with a stand-in that knows one bone: what is built, and what stays as it was."""

import json

import bpy
import numpy as np
import pytest
from conftest import curves_of, datablocks
from moving_creature import FRAMES, choose, copy_of, moving_creature, press
from own_mesh import at, creature, fingerprint, notes, select
from test_ui import drawn_by

from blender_addon.scene.decomposition.source import Source
from blender_addon.ui import bones_panel


@pytest.fixture
def beast():
    """A creature that a shape key carries along."""
    return moving_creature()


def test_the_copy_moves_as_the_original(beast):
    before = [at(beast, frame) for frame in range(1, FRAMES + 1)]
    bpy.context.scene.frame_set(5)
    rig = press()
    assert rig.type == "ARMATURE"
    copy = copy_of(rig)
    for frame, points in zip(range(1, FRAMES + 1), before, strict=True):
        assert np.abs(at(copy, frame) - points).max() < 2e-6 * 10


def test_the_original_stays_hidden_and_whole(beast):
    content = fingerprint(beast)
    modifiers, parent = len(beast.modifiers), beast.parent
    rig = press()
    assert beast.hide_get()
    assert beast.hide_render
    assert fingerprint(beast) == content
    assert beast.data.shape_keys.animation_data.action is not None
    assert not beast.show_only_shape_key
    assert (len(beast.modifiers), beast.parent) == (modifiers, parent)
    assert copy_of(rig).data != beast.data


def test_the_copy_has_all_layers_of_the_original(beast):
    beast.data.normals_split_custom_set([(0.0, 0.6, 0.8)] * len(beast.data.loops))
    beast.vertex_groups.new(name="own").add([0, 1, 2], 0.5, "REPLACE")
    content = fingerprint(beast)
    copy = copy_of(press())
    ours = fingerprint(copy)
    for name, value in content.items():
        if "normals" in name:
            apart = np.frombuffer(ours[name], np.float32) - np.frombuffer(value, np.float32)
            assert np.abs(apart).max() < 1e-3
        else:
            assert ours[name] == value, name
    assert copy.vertex_groups["own"].weight(1) == 0.5
    assert copy.data.shape_keys is None
    assert copy.animation_data is None
    assert [slot.material for slot in copy.material_slots] == [slot.material for slot in beast.material_slots]


def test_frame_selection_and_notes_are_as_the_artist_expects(beast):
    scene = bpy.context.scene
    before = (scene.frame_start, scene.frame_end, scene.render.fps)
    rig = press()
    assert scene.frame_current == 5
    assert (scene.frame_start, scene.frame_end, scene.render.fps) == before
    assert bpy.context.object == rig
    assert copy_of(rig).select_get()
    error, kept = notes(rig)
    assert (
        kept
        == f"The scene's frame range was kept: 1 to 250. The new action has {FRAMES} frames, 1 to {FRAMES}."
    )
    assert error.startswith("1 bone. Distance from the original in mm (% of the diagonal): mean 0.00 (0.00)")
    assert rig.animation_data.action.name.endswith("_bones")


def test_subdivision_behind_the_animation_stays_behind_the_armature(beast):
    beast.modifiers.new("Subdivision", "SUBSURF").levels = 1
    before = [at(beast, frame) for frame in (1, 4, FRAMES)]
    copy = copy_of(press())
    assert [modifier.type for modifier in copy.modifiers] == ["ARMATURE", "SUBSURF"]
    assert len(copy.data.vertices) == len(beast.data.vertices)
    assert beast.modifiers["Subdivision"].show_viewport
    for frame, points in zip((1, 4, FRAMES), before, strict=True):
        assert np.abs(at(copy, frame) - points).max() < 2e-5


def test_modifiers_of_the_animation_are_applied_in_the_copy(beast):
    beast.shape_key_clear()
    for name, offset in (("Array", 3.0), ("Displace", 0.0)):
        modifier = beast.modifiers.new(name, name.upper())
        if name == "Array":
            modifier.use_relative_offset, modifier.use_constant_offset = False, True
            modifier.constant_offset_displace = (offset, 0.0, 0.0)
        else:
            modifier.direction, modifier.mid_level = "X", 0.0
            for frame, value in ((1, 0.0), (FRAMES, 1.0)):
                modifier.strength = value
                modifier.keyframe_insert("strength", frame=frame)
    before = at(beast, FRAMES)
    copy = copy_of(press())
    assert [modifier.type for modifier in copy.modifiers] == ["ARMATURE"]
    assert np.abs(at(copy, FRAMES) - before).max() < 2e-5


def test_an_object_that_moves_itself_is_followed(beast):
    beast.shape_key_clear()
    for frame, x in ((1, 0.0), (FRAMES, 3.0)):
        beast.location.x = x
        beast.keyframe_insert("location", frame=frame)
    before = [at(beast, frame) for frame in (1, 5, FRAMES)]
    copy = copy_of(press())
    for frame, points in zip((1, 5, FRAMES), before, strict=True):
        assert np.abs(at(copy, frame) - points).max() < 2e-5


def test_a_loop_goes_on_for_ever(beast):
    action = beast.data.shape_keys.animation_data.action
    (curve,) = curves_of(action)
    curve.keyframe_points.add(1)
    curve.keyframe_points[-1].co = (2 * FRAMES - 1, 0.0)
    curve.modifiers.new("CYCLES")
    curve.update()
    before = {frame: at(beast, frame) for frame in (1, 9, 2 * FRAMES - 1, 2 * FRAMES + 3)}
    rig = press()
    assert tuple(rig["zoetrope_frames"]) == (1, 2 * FRAMES - 2)
    for frame, points in before.items():
        assert np.abs(at(copy_of(rig), frame) - points).max() < 2e-5


def test_other_units_give_the_same_place(beast):
    bpy.context.scene.unit_settings.scale_length = 0.01
    before = at(beast, FRAMES)
    bpy.context.scene.frame_set(5)
    assert np.abs(at(copy_of(press()), FRAMES) - before).max() < 2e-5


def test_a_custom_range_is_read(beast):
    rig = press(range="CUSTOM", start=3, end=6)
    assert tuple(rig["zoetrope_frames"]) == (3, 6)
    assert rig.animation_data.action.frame_range[:] == (3.0, 6.0)


def test_what_was_wanted_is_sent_and_a_tolerance_that_is_not_met_is_said(beast):
    beast.data.shape_keys.key_blocks["along"].points[0].co.z += 0.2
    rig = press(fit="TOLERANCE", tolerance=2.5)
    stored = json.loads(rig["zoetrope"])
    assert stored["request"]["tolerance"] == pytest.approx(0.0025)
    assert stored["request"]["bones"] is None
    assert "2.5 mm is not met" in notes(rig)[1]


def test_undo_takes_all_of_it_back_in_one_step(beast):
    bpy.ops.ed.undo_push(message="before")
    before = datablocks()
    press()
    bpy.ops.ed.undo_push(message="after")
    bpy.ops.ed.undo()
    assert datablocks() == before
    assert not bpy.data.objects["Beast"].hide_get()


def test_frames_are_those_of_the_action_or_of_the_scene(beast):
    scene, settings = bpy.context.scene, bpy.context.scene.zoetrope.bones
    assert settings.frames(scene, beast) == (list(range(1, FRAMES + 1)), False)
    settings.range = "SCENE"
    assert settings.frames(scene, beast) == (list(range(1, 251)), False)
    settings.range = "ANIMATION"
    beast.shape_key_clear()
    assert settings.frames(scene, beast) == (list(range(1, 251)), False)


def test_frames_of_nla_strips_count_where_no_action_is_active(beast):
    scene, settings = bpy.context.scene, bpy.context.scene.zoetrope.bones
    data = beast.data.shape_keys.animation_data
    action, scene.frame_end = data.action, 40
    data.action = None
    track = data.nla_tracks.new()
    strip = track.strips.new("along", 300, action)
    if hasattr(action, "slots"):
        strip.action_slot = action.slots[0]
    assert settings.frames(scene, beast) == (list(range(300, 300 + FRAMES)), False)
    rig = press()
    assert tuple(rig["zoetrope_frames"]) == (300, 299 + FRAMES)
    track.mute = True
    assert settings.frames(scene, beast) == (list(range(1, 41)), False)


def test_the_entry_is_in_the_menu_of_animations(beast):
    entries = bpy.types.VIEW3D_MT_object_animation.draw._draw_funcs
    assert any(entry.__module__ == "blender_addon.ui.menu" for entry in entries)


@pytest.mark.parametrize(("changes", "shown"), [({}, "bones"), ({"fit": "TOLERANCE"}, "tolerance")])
def test_the_panel_shows_the_frames_and_what_decides(beast, changes, shown):
    choose(**changes)
    drawn = drawn_by(bones_panel.ZOETROPE_PT_bones)
    assert drawn == ["range", f"Frames: 1 to {FRAMES}", "fit", shown, "zoetrope.shape_keys_to_bones"]
    choose(range="CUSTOM")
    assert {"start", "end"} < set(drawn_by(bones_panel.ZOETROPE_PT_bones))


@pytest.mark.parametrize("kind", ["SUBSURF", "WEIGHTED_NORMAL"])
def test_cloth_is_read_as_it_is_played_also_below_modifiers_that_the_copy_keeps(kind):
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=8, y_subdivisions=8, size=2.0, location=(0.0, 0.0, 2.0))
    obj, scene = bpy.context.object, bpy.context.scene
    obj.vertex_groups.new(name="Pinned").add([0, 8], 1.0, "REPLACE")
    cloth = obj.modifiers.new("Cloth", "CLOTH")
    cloth.settings.vertex_group_mass = "Pinned"
    scene.frame_start, scene.frame_end = 1, 15
    played = [at(obj, frame) for frame in range(1, 16)]
    assert np.abs(played[-1] - played[0]).max() > 0.1
    kept = obj.modifiers.new("Kept", kind)
    scene.frame_set(5)
    source = Source(bpy.context, list(range(1, 16)), 1.0)
    read = [source.read(frame) + source.origin for frame in source.frames]
    source.restore()
    assert np.abs(np.array(read) - played).max() < 1e-3
    assert kept.show_viewport
    assert scene.frame_current == 5


def test_the_subframe_is_as_it_was(beast):
    for frame in (8, 5):  # 8: the frame that is read last
        beast.hide_set(False)
        select(beast)
        bpy.context.scene.frame_set(frame, subframe=0.5)
        press()
        assert (bpy.context.scene.frame_current, bpy.context.scene.frame_subframe) == (frame, 0.5)


def test_a_parent_whose_scale_shears_leaves_the_copy_in_its_place(beast):
    beast.data.normals_split_custom_set([(0.0, 0.6, 0.8)] * len(beast.data.loops))
    parent = bpy.data.objects.new("Parent", None)
    bpy.context.collection.objects.link(parent)
    parent.rotation_euler, parent.scale = (0.3, 0.4, 1.0), (1.0, 2.0, 1.0)
    beast.parent = parent
    before = [at(beast, frame) for frame in (1, 5, FRAMES)]
    normals = world_normals(beast)
    copy = copy_of(press())
    for frame, points in zip((1, 5, FRAMES), before, strict=True):
        assert np.abs(at(copy, frame) - points).max() < 2e-5
    assert np.abs(world_normals(copy) - normals).max() < 2e-3


def world_normals(obj):
    """Normals (L, 3) of the corners of an object's mesh in world space."""
    normals = np.empty(3 * len(obj.data.loops), np.float32)
    obj.data.corner_normals.foreach_get("vector", normals)
    turned = normals.reshape(-1, 3) @ np.linalg.inv(np.array(obj.matrix_world)[:3, :3])
    return turned / np.linalg.norm(turned, axis=1, keepdims=True)


def test_the_copy_is_rendered_also_where_the_original_is_not(beast):
    press()
    beast.hide_set(False)
    select(beast)
    copy = copy_of(press())
    assert not copy.hide_render
    assert copy.visible_get()


def test_of_several_selected_meshes_the_active_one_is_taken_and_that_is_said(beast):
    other = creature("Other", location=(5.0, 0.0, 0.0))
    select(beast, other)
    assert "Only Beast: it is active" in drawn_by(bones_panel.ZOETROPE_PT_bones)
    rig = press()
    assert copy_of(rig).name == "Beast_skinned"
    assert "Only the active mesh was taken, Beast. Also selected: Other." in notes(rig)
    assert not other.hide_get()


def test_muted_tracks_are_not_read_and_that_is_said(beast):
    data = beast.data.shape_keys.animation_data
    for name, action, mute in (
        ("Stashed", bpy.data.actions.new("Another"), True),
        ("The active one", data.action, True),
        ("Playing", bpy.data.actions.new("Below"), False),
    ):
        track = data.nla_tracks.new()
        track.name, track.mute = name, mute
        track.strips.new(name, 1, action)
    assert "Muted NLA tracks were not read: Stashed." in notes(press())


def test_a_second_copy_names_the_first_which_is_in_its_place(beast):
    rig = press()
    assert "before" not in " ".join(notes(rig))
    beast.hide_set(False)
    select(beast)
    note = "What was made from Beast before is in the same place: hide or delete Beast_rig."
    assert note in notes(press())
