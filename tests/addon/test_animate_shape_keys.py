"""Animate Selected with shape keys as output, alone or beside the armature."""

import bpy
import numpy as np
import pytest
from conftest import curves_of
from own_mesh import TICKED, animate, at, base, choose, creature, expected, fingerprint, select, world

from blender_addon.core import compact_keys
from blender_addon.scene import creatures

TOLERANCE = 1e-5


@pytest.fixture
def beast():
    """The artist's mesh, turned and scaled, alone in the file."""
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    obj = creature(location=(1, 2, 0))
    obj.rotation_euler.z, obj.scale = 0.7, (2, 1, -1)
    bpy.context.view_layer.update()
    return obj


def worst(obj, truth):
    return max(float(np.abs(at(obj, 1 + i) - frame).max()) for i, frame in enumerate(truth))


def play(obj, name):
    select(obj)
    assert bpy.ops.zoetrope.play_action(action=name) == {"FINISHED"}


@pytest.mark.parametrize("exact", [100, 4])
def test_every_frame_of_every_action_is_the_results(monkeypatch, beast, exact):
    monkeypatch.setattr(compact_keys, "EXACT_KEYS", exact)
    points, before = world(beast, base(beast)), fingerprint(beast)
    assert animate(output="shape_keys") == beast
    assert (len(beast.modifiers), len(beast.vertex_groups), beast.parent) == (0, 0, None)
    for name in (*TICKED, "walk"):  # back to the first one: nothing of the others is left over
        play(beast, f"Beast_{name}")
        truth = expected(points, name)
        assert bpy.context.scene.frame_end == len(truth)
        assert worst(beast, truth) < (TOLERANCE if exact == 100 else 1e-3)
    assert fingerprint(beast) == before
    loop = expected(points, "walk")
    assert np.abs(at(beast, 1 + len(loop)) - loop[0]).max() < (TOLERANCE if exact == 100 else 1e-3)


def test_a_mesh_that_an_armature_would_stretch_has_shape_keys_instead(monkeypatch, beast):
    points = world(beast, base(beast))
    monkeypatch.setenv("STAND_IN_MODE", "stretched")
    assert animate(output="armature", actions={"walk"}) == beast
    assert [obj.type for obj in bpy.data.objects] == ["MESH"]
    assert worst(beast, expected(points, "walk")) < TOLERANCE


def test_a_mirrored_mesh_has_an_armature_all_the_same(monkeypatch, beast):
    beast.modifiers.new("Mirror", "MIRROR")
    monkeypatch.setenv("STAND_IN_MODE", "stretched")
    assert animate(output="armature", actions={"walk"}).type == "ARMATURE"


def test_own_keys_stay_first_and_their_animation_goes_on(beast):
    basis = base(beast)
    beast.shape_key_add(name="Basis")
    fat = beast.shape_key_add(name="Fat", from_mix=False)
    fat.points.foreach_set("co", (basis * np.float32([1.5, 1, 1])).ravel())
    fat.keyframe_insert("value", frame=1)
    fat.value = 1.0
    fat.keyframe_insert("value", frame=11)
    keys = beast.data.shape_keys
    own = keys.animation_data.action
    points = world(beast, basis)
    wide = world(beast, basis * [1.5, 1, 1]) - points
    animate(output="shape_keys", actions={"walk"})
    assert [key.name for key in keys.key_blocks][:3] == ["Basis", "Fat", "walk_000"]
    tracks = {
        strip.action.name: track.mute for track in keys.animation_data.nla_tracks for strip in track.strips
    }
    assert tracks == {own.name: False}
    truth = expected(points, "walk")
    for i in (0, 5, 10):
        bpy.context.scene.frame_set(1 + i)
        assert np.abs(at(beast, 1 + i) - truth[i] - fat.value * wide).max() < TOLERANCE
    assert fat.value == pytest.approx(1.0)


def test_both_plays_the_armature_and_keeps_the_keys_still(beast):
    beast.scale = (1, 1, 1)
    bpy.context.view_layer.update()
    points = world(beast, base(beast))
    rig = animate(output="both")
    keys = beast.data.shape_keys
    assert rig.type == "ARMATURE"
    assert keys.animation_data.action is None
    assert {track.name: track.mute for track in keys.animation_data.nla_tracks} == {
        f"Beast_{name}_shape_keys": True for name in TICKED
    }
    assert worst(beast, expected(points, "walk")) < TOLERANCE


def test_several_objects_have_keys_each(beast):
    bpy.ops.mesh.primitive_uv_sphere_add(segments=8, ring_count=6, radius=0.1, location=(1.1, 1.0, 1.5))
    eye = bpy.context.object
    select(beast, eye)
    before = [world(obj, base(obj)) for obj in (beast, eye)]
    animate(output="shape_keys", actions={"walk"})
    truth = expected(np.concatenate(before), "walk")
    assert worst(beast, truth[:, : len(before[0])]) < TOLERANCE
    assert worst(eye, truth[:, len(before[0]) :]) < TOLERANCE
    assert set(creatures.animated_in(bpy.context.scene)) == {beast, eye}


def test_the_timeline_comes_back_when_it_is_deleted(beast):
    scene = bpy.context.scene
    scene.frame_end = 300
    animate(output="shape_keys", actions={"walk"})
    assert scene.frame_end == 12
    select(beast)
    bpy.ops.object.delete()
    bpy.context.view_layer.update()
    assert scene.frame_end == 300


def test_a_second_animation_does_not_add_to_the_first(beast):
    points = world(beast, base(beast))
    animate(output="shape_keys", actions={"walk"})
    bpy.context.scene.frame_set(4)
    animate(output="shape_keys", actions={"idle"})
    assert worst(beast, expected(points, "idle")) < TOLERANCE
    play(beast, "Beast_walk")
    assert worst(beast, expected(points, "walk")) < TOLERANCE


def refused(match):
    with pytest.raises(RuntimeError, match=match):
        bpy.ops.zoetrope.animate()


def test_mirror_is_refused_with_a_remedy(beast):
    beast.modifiers.new("Mirror", "MIRROR")
    choose(output="shape_keys")
    refused(r"Shape keys cannot animate what Mirror adds to Beast\. Apply the modifier, or choose Output")


def test_a_shared_mesh_is_refused_with_a_remedy(beast):
    twin = beast.copy()
    twin.location.x = 3
    bpy.context.collection.objects.link(twin)
    select(beast, twin)
    choose(output="shape_keys")
    refused(r"Beast and Beast\.001 share one mesh, and cannot have shape keys each\. Use Object > Relations")
    assert beast.data.shape_keys is None


def test_push_to_nla_plays_all_one_after_the_other(beast):
    beast.scale = (1, 1, 1)
    bpy.context.view_layer.update()
    points = world(beast, base(beast))
    rig = animate()
    assert bpy.ops.zoetrope.push_to_nla() == {"FINISHED"}
    assert rig.animation_data.action is None
    tracks = [(track.name, track.mute, len(track.strips)) for track in rig.animation_data.nla_tracks]
    assert tracks == [(f"Beast_{name}", False, 1) for name in TICKED]
    walk = expected(points, "walk")
    assert worst(beast, walk) < TOLERANCE
    strip = rig.animation_data.nla_tracks["Beast_idle"].strips[0]
    idle = expected(points, "idle")
    for i, frame in enumerate(idle):
        assert np.abs(at(beast, round(strip.frame_start) + i) - frame).max() < TOLERANCE
    last = max(track.strips[0].frame_end for track in rig.animation_data.nla_tracks)
    assert bpy.context.scene.frame_end == round(last)
    play(rig, "Beast_idle")
    assert worst(beast, idle) < TOLERANCE
    assert len(curves_of(rig.animation_data.action)) > 0
