"""Animate Selected: an armature moves the artist's mesh exactly as linear blend skinning by the result."""

import bpy
import known_motion
import numpy as np
import pytest
from conftest import curves_of, datablocks
from own_mesh import TICKED, animate, at, base, choose, creature, expected, fingerprint, select, world

TOLERANCE = 1e-5


@pytest.fixture
def beast():
    """The artist's mesh, selected; the file has nothing else."""
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    return creature()


def play(rig, name):
    """Make an action the active one."""
    select(rig)
    assert bpy.ops.zoetrope.play_action(action=name) == {"FINISHED"}


def worst(obj, truth):
    """Largest distance in any frame of the scene's range from the truth (T, V, 3)."""
    start = bpy.context.scene.frame_start
    return max(float(np.abs(at(obj, start + i) - frame).max()) for i, frame in enumerate(truth))


def test_every_frame_of_every_action_is_the_results(beast):
    points = world(beast, base(beast))
    rig = animate()
    assert rig.type == "ARMATURE"
    for name in TICKED:
        play(rig, f"Beast_{name}")
        truth = expected(points, name)
        assert bpy.context.scene.frame_end == len(truth)
        assert worst(beast, truth) < TOLERANCE
        assert np.abs(truth - points).max() > 0.1


def test_a_loop_repeats_and_its_closing_step_is_no_jump(beast):
    truth = expected(world(beast, base(beast)), "walk")
    animate(actions={"walk"})
    count = len(truth)
    for i in (0, 1, count - 1):
        assert np.abs(at(beast, 1 + count + i) - truth[i]).max() < TOLERANCE
    between = at(beast, count, subframe=0.5)
    middle = (truth[-1] + truth[0]) / 2
    assert np.abs(between - middle).max() < 0.2 * np.abs(truth[-1] - truth[0]).max() + 0.02


def test_a_one_way_action_ends_in_its_last_pose(beast):
    truth = expected(world(beast, base(beast)), "attack")
    animate(actions={"attack"})
    assert np.abs(at(beast, 40) - truth[-1]).max() < TOLERANCE


def test_nothing_of_the_mesh_is_changed_but_groups_modifier_and_parent(beast):
    before = fingerprint(beast)
    rig = animate()
    bpy.context.view_layer.update()
    assert fingerprint(beast) == before
    assert [group.name for group in beast.vertex_groups] == ["hips", "head", "leg.L", "leg.R"]
    (modifier,) = beast.modifiers
    assert (modifier.type, modifier.object, modifier.use_vertex_groups) == ("ARMATURE", rig, True)
    assert beast.parent == rig
    assert beast.parent_type == "OBJECT"
    assert beast.matrix_basis.is_identity


def test_the_armature_is_built_like_an_artists(beast):
    rig = animate()
    assert rig.show_in_front
    assert rig.data.display_type == "OCTAHEDRAL"
    assert [bone.name for bone in rig.data.bones] == ["root", "hips", "head", "leg.L", "leg.R"]
    collections = {c.name: sorted(bone.name for bone in c.bones) for c in rig.data.collections}
    assert collections == {"Root": ["root"], "Spine": ["hips"], "Head": ["head"], "Legs": ["leg.L", "leg.R"]}
    points = world(beast, base(beast))
    heads, tails, z_axes = known_motion.joints(points)
    for bone, head, tail, z_axis in zip(rig.data.bones, heads, tails, z_axes, strict=True):
        assert np.allclose(rig.matrix_world @ bone.head_local, head, atol=1e-6)
        assert np.allclose(rig.matrix_world @ bone.tail_local, tail, atol=1e-6)
        assert np.allclose(bone.matrix_local.col[2][:3], z_axis, atol=1e-5)
    assert list(rig.users_collection) == list(beast.users_collection)
    assert not rig.data.bones["root"].use_deform


def test_the_first_action_plays_and_the_others_are_stashed(beast, tmp_path):
    rig = animate()
    assert rig.animation_data.action.name == "Beast_walk"
    tracks = {track.name: track.mute for track in rig.animation_data.nla_tracks}
    assert tracks == {"Beast_idle": True, "Beast_attack": True}
    curves = curves_of(rig.animation_data.action)
    assert {curve.group.name for curve in curves} == {"hips", "head", "leg.L", "leg.R"}
    assert len(curves) == 4 * 4 + 3
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    assert sorted(action.name for action in bpy.data.actions) == ["Beast_attack", "Beast_idle", "Beast_walk"]


def test_one_undo_removes_it_and_redo_restores_it(beast):
    choose()
    bpy.ops.ed.undo_push(message="before")
    before, fields = datablocks(), fingerprint(beast)
    assert bpy.ops.zoetrope.animate("EXEC_DEFAULT", True) == {"FINISHED"}
    after = datablocks()
    assert after != before
    bpy.ops.ed.undo()
    assert datablocks() == before
    beast = bpy.data.objects["Beast"]
    assert fingerprint(beast) == fields
    assert (len(beast.modifiers), len(beast.vertex_groups), beast.parent) == (0, 0, None)
    bpy.ops.ed.redo()
    assert datablocks() == after
