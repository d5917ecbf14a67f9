"""What would keep the new Actions from playing is turned off, and named; a failure gives it back."""

import bpy
import numpy as np
import pytest
from bound_mesh import bound_mesh
from own_mesh import animate, at, base, choose, creature, expected, notes, world

from blender_addon.scene.own_mesh import build

HELD = {
    "solo": "The NLA track Mine of {} is no longer solo, for it alone would play.",
    "influence": "The active Action of {} is no longer blended with its NLA tracks.",
    "blending": "The active Action of {} is no longer blended with its NLA tracks.",
    "tweaked": "",
}


def held_back(block, how):
    """Let an NLA track or a setting keep the active Action of a data-block from playing."""
    data = block.animation_data_create()
    track = data.nla_tracks.new()
    track.name = "Mine"
    strip = track.strips.new("Mine", 1, bpy.data.actions.new("Mine"))
    if how == "solo":
        track.is_solo = True
    elif how == "influence":
        data.action_influence = 0.0
    elif how == "blending":
        data.action_blend_type = "MULTIPLY"
    else:
        track.select = strip.select = True
        data.nla_tracks.active = track
        data.use_tweak_mode = True
        assert data.use_tweak_mode


def held(block):
    data = block.animation_data
    (track,) = data.nla_tracks
    return track.is_solo, data.action_influence, data.action_blend_type, data.use_tweak_mode


@pytest.fixture
def bound():
    """A mesh bound to an artist's armature: (mesh, armature)."""
    return bound_mesh()


@pytest.fixture
def keyed():
    """A mesh with a shape key, alone in the file."""
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    beast = creature()
    beast.shape_key_add(name="Basis")
    fat = beast.shape_key_add(name="Fat")
    fat.points[0].co.z += 1.0
    fat.value = 0.0
    return beast


def moves(beast):
    return float(np.abs(at(beast, 3) - at(beast, 7)).max()) > 0.05


@pytest.mark.parametrize("how", HELD)
def test_actions_on_own_bones_play(bound, how):
    beast, rig = bound
    held_back(rig, how)
    animate(actions={"walk"})
    assert held(rig) == (False, 1.0, "REPLACE", False)
    assert moves(beast)
    assert not HELD[how] or HELD[how].format("Rig") in notes(rig)


@pytest.mark.parametrize("how", HELD)
def test_shape_keys_play(keyed, how):
    points = world(keyed, base(keyed))
    held_back(keyed.data.shape_keys, how)
    animate(actions={"walk"}, output="shape_keys")
    assert np.abs(at(keyed, 5) - expected(points, "walk")[4]).max() < 1e-5
    assert not HELD[how] or HELD[how].format("the shape keys of Beast") in notes(keyed.data.shape_keys)


def test_shape_key_lock_is_turned_off(keyed):
    keyed.active_shape_key_index, keyed.show_only_shape_key = 1, True
    animate(actions={"walk"}, output="shape_keys")
    assert moves(keyed)
    assert keyed.active_shape_key_index == 1
    note = "Shape Key Lock of Beast is turned off, for it would show one key alone."
    assert note in notes(keyed.data.shape_keys)


@pytest.mark.parametrize("output", ["armature", "both"])
def test_what_does_not_hold_an_armature_back_stays(keyed, output):
    keyed.active_shape_key_index, keyed.show_only_shape_key = 1, True
    held_back(keyed.data.shape_keys, "solo")
    animate(actions={"walk"}, output=output)
    assert keyed.show_only_shape_key
    assert [track.name for track in keyed.data.shape_keys.animation_data.nla_tracks if track.is_solo] == [
        "Mine"
    ]


def fail(monkeypatch):
    def broken(*_arguments):
        raise RuntimeError("broken")

    monkeypatch.setattr(build, "_end", broken)
    with pytest.raises(RuntimeError, match="broken"):
        bpy.ops.zoetrope.animate()


@pytest.mark.parametrize("how", HELD)
def test_a_failure_holds_it_back_again(monkeypatch, bound, how):
    _beast, rig = bound
    held_back(rig, how)
    before = held(rig)
    choose(actions={"walk"})
    fail(monkeypatch)
    assert held(rig) == before


@pytest.mark.parametrize("how", HELD)
def test_a_failure_locks_the_shape_key_again(monkeypatch, keyed, how):
    keyed.active_shape_key_index, keyed.show_only_shape_key = 1, True
    held_back(keyed.data.shape_keys, how)
    before = held(keyed.data.shape_keys)
    choose(actions={"walk"}, output="shape_keys")
    fail(monkeypatch)
    assert keyed.show_only_shape_key
    assert held(keyed.data.shape_keys) == before
