"""Generate with an armature: bones, weights and Actions show what the backend sent."""

import json

import bpy
import known_creature
import known_motion
import numpy as np
import pytest
from conftest import RECORDED, creature_mesh, curves_of, datablocks, generate_undo_redo, vertices_at
from own_mesh import at
from test_animate_export import first_key, imported
from test_export import exported
from test_scene_timeline import delete, names, timeline
from test_ui import drawn_by

from blender_addon.scene import creatures
from blender_addon.ui import panel

TICKED = ["walk", "run", "attack"]
TOLERANCE = 2e-5
"""Metres: weights of vertex groups and keys of rotations are rounded."""


def generate(**settings):
    """Press the button with settings, without correctives unless they say so; returns the armature."""
    for name, value in {"actions": set(TICKED), "correctives": False, **settings}.items():
        setattr(bpy.context.scene.zoetrope, name, value)
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    return bpy.context.object


def shown(action, correctives=False):
    """Vertices (T, V, 3) of the known motion of an action, in metres."""
    return known_creature.skinned(RECORDED.rest.astype(float), action, correctives)


def distance(mesh, start, action, correctives=False):
    """Largest distance of any vertex from the known motion of an action that begins at a frame."""
    expected = shown(action, correctives)
    return max(np.abs(vertices_at(mesh, start + i) - frame).max() for i, frame in enumerate(expected))


def test_one_mesh_one_armature_and_an_action_each():
    before = datablocks()
    rig = generate()
    mesh = creature_mesh(rig)
    made = {kind: count - before[kind] for kind, count in datablocks().items()}
    assert made == {
        **dict.fromkeys(("collections", "shape_keys", "images"), 0),
        **dict.fromkeys(("meshes", "armatures", "materials"), 1),
        **{"objects": 2, "actions": 3},
    }
    assert [bone.name for bone in rig.data.bones] == known_motion.NAMES
    assert (mesh.parent, list(mesh.users_collection)) == (rig, list(rig.users_collection))
    assert [(m.name, m.type, m.object) for m in mesh.modifiers] == [("Armature", "ARMATURE", rig)]
    assert rig.animation_data.action.name == "Quadruped_5_walk"
    assert [track.mute for track in rig.animation_data.nla_tracks] == [True, True]
    assert set(bpy.context.selected_objects) == {rig, mesh}
    assert bpy.context.scene.frame_end == known_motion.FRAMES["walk"]


def test_the_first_action_plays_and_the_panel_plays_the_others():
    rig = generate()
    mesh = creature_mesh(rig)
    assert distance(mesh, 1, "walk") < TOLERANCE
    drawn = drawn_by(panel.ZOETROPE_PT_generate)
    assert {"Quadruped_5_walk", "zoetrope.push_to_nla", "zoetrope.export_creature"} <= set(drawn)
    for action in ("attack", "run"):
        bpy.ops.zoetrope.play_action(action=f"Quadruped_5_{action}")
        assert distance(mesh, 1, action) < TOLERANCE
        assert bpy.context.scene.frame_end == known_motion.FRAMES[action]
    bpy.ops.zoetrope.push_to_nla()
    strips = [track.strips[0] for track in rig.animation_data.nla_tracks]
    assert [strip.action.name.split("_")[-1] for strip in strips] == TICKED, "the list's order"
    for strip, action in zip(strips, TICKED, strict=True):
        assert distance(mesh, round(strip.frame_start), action) < TOLERANCE


def test_a_loop_repeats_and_another_action_stays_in_its_last_pose():
    rig = generate(actions={"walk", "attack"})
    mesh, count = creature_mesh(rig), known_motion.FRAMES["walk"]
    assert all(curve.modifiers[0].type == "CYCLES" for curve in curves_of(rig.animation_data.action))
    assert np.abs(vertices_at(mesh, 1 + count + 3) - vertices_at(mesh, 4)).max() < TOLERANCE
    bpy.ops.zoetrope.play_action(action="Quadruped_5_attack")
    last = known_motion.FRAMES["attack"]
    assert np.array_equal(vertices_at(mesh, last + 9), vertices_at(mesh, last))


def test_a_loop_fills_the_requested_length_with_keys_of_one_cycle():
    rig = generate(actions={"walk", "run"}, natural_length=False, frames=84)
    assert bpy.context.scene.frame_end == 84
    bpy.ops.zoetrope.play_action(action="Quadruped_5_run")
    assert bpy.context.scene.frame_end == 84
    assert max(len(curve.keyframe_points) for curve in curves_of(rig.animation_data.action)) == 8


def test_correctives_are_on_by_default(settings):
    assert settings.correctives
    assert settings.request(bpy.context.scene)["correctives"]


def test_correctives_are_keys_that_every_action_of_the_armature_moves():
    rig = generate(correctives=True)
    mesh = creature_mesh(rig)
    assert mesh.data.shape_keys.key_blocks.keys() == ["Basis", "corrective_000", "corrective_001"]
    assert mesh.data.shape_keys.animation_data.action is None
    assert distance(mesh, 1, "walk", correctives=True) < TOLERANCE
    assert distance(mesh, 1, "walk") > 0.01
    bpy.ops.zoetrope.play_action(action="Quadruped_5_run")
    assert distance(mesh, 1, "run", correctives=True) < TOLERANCE


def test_both_has_muted_shape_keys_beside_the_armature():
    rig = generate(output="both", actions={"walk", "run"}, correctives=True)
    mesh, keys = creature_mesh(rig), creature_mesh(rig).data.shape_keys
    assert distance(mesh, 1, "walk", correctives=True) < TOLERANCE
    assert keys.animation_data.action is None
    assert {track.name: track.mute for track in keys.animation_data.nla_tracks} == {
        "Quadruped_5_walk_shape_keys": True,
        "Quadruped_5_run_shape_keys": True,
    }
    assert {"walk_000", "run_006", "corrective_001"} <= set(keys.key_blocks.keys())
    both = {"Quadruped_5_walk", "Quadruped_5_run"}
    assert {action.name for action in bpy.data.actions} == both | {f"{name}_shape_keys" for name in both}


def test_several_actions_as_shape_keys_are_listed_and_played():
    obj = generate(output="shape_keys", actions={"walk", "run"})
    expected = shown("run")
    assert obj.name == "Quadruped_5"
    bpy.ops.zoetrope.play_action(action="Quadruped_5_run")
    assert bpy.context.scene.frame_end == len(expected)
    assert max(np.abs(vertices_at(obj, 1 + i) - one).max() for i, one in enumerate(expected)) < 1e-5
    bpy.ops.zoetrope.play_action(action="Quadruped_5_walk")
    assert np.abs(vertices_at(obj, 3) - RECORDED.actions[0].vertices[2]).max() < 1e-5


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_it_has_its_size_in_metres_at_every_unit_scale(scale):
    bpy.context.scene.unit_settings.scale_length = scale
    mesh = creature_mesh(generate(correctives=True))
    expected = shown("walk", correctives=True)
    assert np.abs(vertices_at(mesh, 4) * scale - expected[3]).max() < 1e-4


def test_a_body_that_no_skeleton_fits_has_shape_keys_and_says_so(monkeypatch):
    monkeypatch.setenv("STAND_IN_MODE", "no_skeleton")
    obj = generate()
    assert obj.type == "MESH"
    assert "This creature has shape keys instead of an armature." in " ".join(
        drawn_by(panel.ZOETROPE_PT_generate)
    )


@pytest.mark.parametrize("correctives", [False, True])
def test_deleting_armature_and_mesh_gives_everything_back(correctives, tmp_path):
    before, then = names(), timeline()
    delete(generate(correctives=correctives, output="both"))
    assert timeline() == then
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    assert names() <= before


def test_one_undo_removes_it_and_redo_restores_it():
    generate_undo_redo(correctives=True)


def test_it_is_whole_after_saving_and_reading(tmp_path):
    generate(correctives=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    mesh = next(obj for obj in bpy.data.objects if creatures.is_creature(obj))
    assert distance(mesh, 1, "walk", correctives=True) < TOLERANCE
    assert len(bpy.data.actions) == 3


@pytest.mark.parametrize("before", ["armature", "shape_keys", "both"])
@pytest.mark.parametrize("after", ["armature", "shape_keys", "both"])
def test_what_replaces_a_creature_stands_and_moves_where_it_did(settings, before, after):
    bpy.data.meshes.remove(bpy.data.meshes["Cube"])
    parent = bpy.data.objects["Light"]
    first = generate(output=before)
    first.parent, first.location, first.scale = parent, (3, 4, 5), (2, 2, 2)
    first.rotation_euler.z = 1.0
    first.constraints.new("LIMIT_SCALE")
    bpy.context.view_layer.update()
    place = creature_mesh(first).matrix_world.copy()
    settings.placement, settings.seed = "REPLACE", 9
    second = generate(output=after, actions={"run", "walk"})
    bpy.context.view_layer.update()
    mesh = creature_mesh(second)
    assert np.allclose(mesh.matrix_world, place, atol=1e-5)
    assert json.loads(mesh.data["zoetrope"])["request"]["seed"] == 9
    assert second.parent == parent
    assert [constraint.type for constraint in second.constraints] == ["LIMIT_SCALE"]
    if after != "shape_keys":
        assert distance(mesh, 1, "walk") < TOLERANCE
    kinds = (bpy.data.armatures, bpy.data.meshes)
    assert [len(kind) for kind in kinds] == [1 if after != "shape_keys" else 0, 1]
    assert len([obj for obj in bpy.data.objects if obj.type in ("MESH", "ARMATURE")]) == (
        1 if after == "shape_keys" else 2
    )


def test_the_selected_mesh_is_replaced_as_its_armature_is(settings):
    rig = generate()
    bpy.context.view_layer.objects.active = creature_mesh(rig)
    settings.placement = "REPLACE"
    generate()
    assert len(bpy.data.armatures) == 1


def test_a_creature_that_is_animated_as_a_whole_is_not_given_an_armature(settings, session):
    obj = generate(output="shape_keys")
    obj.keyframe_insert("location", frame=1)
    settings.placement = "REPLACE"
    before = datablocks()
    with pytest.raises(RuntimeError, match=r"animated as a whole.*Choose Output: Shape Keys"):
        generate(output="armature")
    assert datablocks() == before
    generate(output="shape_keys")
    assert obj.animation_data.action is not None


@pytest.mark.parametrize(
    ("file_format", "correctives"), [("GLB", False), ("GLB", True), ("FBX", False), ("FBX", True)]
)
def test_all_actions_come_back_from_an_export(tmp_path, file_format, correctives):
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    generate(correctives=correctives)
    rig, (mesh,) = imported(exported(tmp_path, file_format))
    for action in TICKED:
        block = play(rig, action)
        if correctives:
            assert len(mesh.data.shape_keys.key_blocks) == 3
            play(mesh.data.shape_keys, action)
        expected, begin = shown(action, correctives), round(first_key(block))
        for i, frame in enumerate(expected):
            assert np.abs(at(mesh, begin + i) - frame).max() < 1e-4, (action, i)


@pytest.mark.parametrize("file_format", ["USD", "ALEMBIC"])
def test_correctives_move_the_mesh_of_an_export_of_the_playing_action(tmp_path, file_format):
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    generate(correctives=True)
    path, expected = exported(tmp_path, file_format), shown("walk", True)
    if file_format == "USD":
        _rig, (mesh,) = imported(path)
    else:
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
        bpy.ops.wm.alembic_import(filepath=str(path), as_background_job=False)
        (mesh,) = (obj for obj in bpy.data.objects if obj.type == "MESH")
    for i, frame in enumerate(expected):
        assert np.abs(at(mesh, 1 + i) - frame).max() < 1e-4, i


def play(datablock, word):
    """Make the imported Action of an action the active one of a data-block; returns it."""
    data = datablock.animation_data
    for track in data.nla_tracks:
        track.mute = True
    for action in (action for action in bpy.data.actions if f"_{word}" in action.name):
        if hasattr(action, "slots"):  # one Action for bones and shape keys
            slot = next((slot for slot in action.slots if slot.target_id_type == datablock.id_type), None)
            if slot is not None:
                data.action, data.action_slot = action, slot
                return action
            continue
        paths = "key_blocks" if datablock.id_type == "KEY" else "pose.bones"
        if any(curve.data_path.startswith(paths) for curve in curves_of(action)):
            data.action = action
            return action
    raise AssertionError(f"no Action {word} came back")
