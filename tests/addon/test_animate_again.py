"""Animate Selected again on bones that have Actions of ours, or NLA tracks that play."""

import bpy
import numpy as np
import pytest
from bound_mesh import bound_mesh, disconnect
from conftest import creature_mesh, curves_of
from own_mesh import animate, base, choose, select, world
from test_animate_own_rig import TOLERANCE, truth, worst

from blender_addon.scene.own_mesh import build


@pytest.fixture
def bound():
    """A mesh bound to an artist's armature: (mesh, armature, its vertices in world space)."""
    beast, rig = bound_mesh()
    disconnect(rig, "neck")
    return beast, rig, world(beast, base(beast))


def tracks(rig):
    return [(track.name, track.mute) for track in rig.animation_data.nla_tracks]


def test_an_action_that_is_animated_again_takes_the_place_of_the_old_one(bound):
    beast, rig, points = bound
    animate(actions={"walk", "idle"})
    animate(actions={"walk"}, seed=8)
    assert sorted(action.name for action in bpy.data.actions) == ["Rig_idle", "Rig_walk"]
    assert rig.animation_data.action.name == "Rig_walk"
    assert tracks(rig) == [("Rig_idle", True)]
    animate(actions={"walk", "idle"})
    assert sorted(action.name for action in bpy.data.actions) == ["Rig_idle", "Rig_walk"]
    assert [strip.name for track in rig.animation_data.nla_tracks for strip in track.strips] == ["Rig_idle"]
    assert tracks(rig) == [("Rig_idle", True)]
    assert worst(beast, truth(points, rig, "walk")) < TOLERANCE


@pytest.mark.parametrize("keep", ["rename", "fake user"])
def test_an_old_action_that_the_artist_keeps_stays(bound, keep):
    _beast, rig, _points = bound
    animate(actions={"walk"})
    old = rig.animation_data.action
    if keep == "rename":
        old.name = "Slow walk"
    else:
        old.use_fake_user = True
    animate(actions={"walk"})
    assert old in bpy.data.actions[:]
    assert rig.animation_data.action != old


def test_actions_in_the_nla_editor_are_muted_and_the_new_one_plays(bound):
    beast, rig, points = bound
    animate()
    assert bpy.ops.zoetrope.push_to_nla() == {"FINISHED"}
    assert tracks(rig) == [("Rig_walk", False), ("Rig_idle", False), ("Rig_attack", False)]
    select(beast)
    animate(actions={"walk"})
    assert tracks(rig) == [("Rig_idle", True), ("Rig_attack", True)]
    assert sorted(action.name for action in bpy.data.actions) == ["Rig_attack", "Rig_idle", "Rig_walk"]
    assert worst(beast, truth(points, rig, "walk")) < TOLERANCE


@pytest.mark.parametrize("blending", ["REPLACE", "ADD", "MULTIPLY"])
def test_tracks_of_the_artist_that_play_do_not_change_keyed_bones(bound, blending):
    beast, rig, points = bound
    spine = rig.pose.bones["spine"]
    for frame, value in ((1, 1.0), (6, 2.0)):
        spine.scale, spine.location.x = (value,) * 3, value - 1.0
        for channel in ("scale", "location"):
            rig.keyframe_insert(f'pose.bones["spine"].{channel}', frame=frame)
    data, action = rig.animation_data, rig.animation_data.action
    track = data.nla_tracks.new()
    strip = track.strips.new("Mine", 1, action)
    if hasattr(action, "slots"):
        strip.action_slot = action.slots[0]
    strip.blend_type, data.action = blending, None
    bpy.context.scene.frame_set(1)
    animate(actions={"walk"})
    assert tracks(rig) == [(track.name, False)]
    assert worst(beast, truth(points, rig, "walk")) < TOLERANCE


def test_a_failure_leaves_tracks_and_actions_as_they_were(monkeypatch, bound):
    beast, rig, _points = bound
    animate()
    bpy.ops.zoetrope.push_to_nla()
    before = tracks(rig), sorted(action.name for action in bpy.data.actions)
    select(beast)

    def broken(*_arguments):
        raise RuntimeError("broken")

    monkeypatch.setattr(build, "_end", broken)
    choose(actions={"walk"})
    with pytest.raises(RuntimeError, match="broken"):
        bpy.ops.zoetrope.animate()
    assert (tracks(rig), sorted(action.name for action in bpy.data.actions)) == before
    assert rig.animation_data.action is None


def test_corrective_shape_keys_of_other_actions_are_at_rest_in_a_new_one():
    settings = bpy.context.scene.zoetrope
    settings.correctives = True
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    rig = bpy.context.object
    mesh = creature_mesh(rig)
    select(mesh)
    assert animate(actions={"idle"}) == rig
    keyed = {curve.data_path for curve in curves_of(rig.animation_data.action)}
    names = mesh.data.shape_keys.key_blocks.keys()[1:]
    assert names
    assert {f'["{name}"]' for name in names} <= keyed
    for frame in (1, 5, 9):
        bpy.context.scene.frame_set(frame)
        assert np.abs([mesh.data.shape_keys.key_blocks[name].value for name in names]).max() == 0.0
