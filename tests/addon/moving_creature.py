"""A creature that a shape key carries along, and pressing Shape Keys to Bones."""

import bpy
import numpy as np
import pytest
from conftest import datablocks
from own_mesh import base, creature, select

from blender_addon import runtime

FRAMES = 8


def moving_creature():
    """A creature with a shape key that carries it along X, keyed over frames 1 to 8; the scene is at 5."""
    obj = creature(location=(1.0, 2.0, 0.5))
    obj.rotation_euler.z, obj.scale = 0.7, (1.0, 1.5, 1.0)
    obj.shape_key_add(name="Basis")
    key = obj.shape_key_add(name="along")
    key.points.foreach_set("co", (base(obj) + [0.8, 0.0, 0.3]).astype(np.float32).ravel())
    for frame, value in ((1, 0.0), (FRAMES, 1.0)):
        key.value = value
        key.keyframe_insert("value", frame=frame)
    select(obj)
    bpy.context.scene.frame_set(5)
    return obj


def choose(**settings):
    """Set fields of the panel."""
    for name, value in settings.items():
        setattr(bpy.context.scene.zoetrope.bones, name, value)


def press(**settings):
    """Press the button with settings; returns the armature."""
    choose(**settings)
    assert bpy.ops.zoetrope.shape_keys_to_bones() == {"FINISHED"}
    return bpy.context.object


def copy_of(rig):
    """The mesh that an armature moves."""
    (copy,) = (obj for obj in bpy.data.objects if obj.parent == rig)
    return copy


def refused(**settings):
    """Press the button in vain: all is as before; returns the sentence that the panel shows."""
    choose(**settings)
    before, frame = datablocks(), bpy.context.scene.frame_current
    with pytest.raises(RuntimeError, match="Error"):
        bpy.ops.zoetrope.shape_keys_to_bones()
    session = runtime.get().session
    assert datablocks() == before
    assert bpy.context.scene.frame_current == frame
    assert session.job is None
    assert session.error.remedy
    return session.error.message
