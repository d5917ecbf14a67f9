"""What tests of the preview share: the timer's work without a window, and what is in the file."""

import time

import bpy
import numpy as np

from blender_addon import runtime
from blender_addon.operators.body import preview_timer
from blender_addon.scene.creatures import PREVIEW

KINDS = ("objects", "meshes", "materials", "images")


def advance(condition, seconds=20.0):
    """Do what the timer does until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        preview_timer.advance(bpy.context)
        time.sleep(0.002)


def turn_on():
    """Turn the preview on and wait for its first body; returns its object."""
    assert bpy.ops.zoetrope.preview() == {"FINISHED"}
    settle()
    return shown()


def turn_on_for_creature():
    """Turn on the preview of the active creature's sliders, wait for its first body; returns its object."""
    assert bpy.ops.zoetrope.preview_proportions() == {"FINISHED"}
    settle()
    return shown()


def settle():
    """Wait until the preview shows what its sliders say."""
    live = runtime.get().preview
    preview_timer.advance(bpy.context)
    advance(lambda: live.up_to_date or not live.on)
    if live.on:
        assert live.shown == preview_timer._subject.request(bpy.context)


def shown():
    """The one preview object of the file, or None."""
    found = [obj for obj in bpy.data.objects if PREVIEW in obj]
    assert len(found) <= 1
    return found[0] if found else None


def blocks():
    """Number of data-blocks of a preview by kind."""
    return {kind: sum(PREVIEW in block for block in getattr(bpy.data, kind)) for kind in KINDS}


def points(obj):
    """Vertices (V, 3) of an object's mesh."""
    values = np.empty(3 * len(obj.data.vertices), np.float32)
    obj.data.vertices.foreach_get("co", values)
    return values.reshape(-1, 3)
