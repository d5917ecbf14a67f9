"""Actions and their curves: the only place that knows of Blender's slotted actions (4.4 and later)."""

import bpy
import numpy as np


def new_action(datablock, name):
    """A new Action on a datablock; returns the action and its curves."""
    data = datablock.animation_data_create()
    action = bpy.data.actions.new(name)
    action.use_fake_user = True
    data.action = action
    if not hasattr(action, "slots"):  # Blender 4.2 and 4.3
        return action, action.fcurves
    slot = action.slots.new(id_type=datablock.id_type, name=datablock.name)
    data.action_slot = slot  # an action without its slot assigned animates nothing
    strip = action.layers.new("Layer").strips.new(type="KEYFRAME")
    return action, strip.channelbag(slot, ensure=True).fcurves


def add_curve(curves, path, frames, values, cyclic):
    """One linear curve.

    frames (K,) and values (K,) float; cyclic: repeat it for ever, its last key being its first again.
    """
    curve = curves.new(path)
    curve.keyframe_points.add(len(frames))
    points = np.stack([frames, values], axis=1).astype(np.float32)
    curve.keyframe_points.foreach_set("co", points.ravel())
    curve.keyframe_points.foreach_set("interpolation", np.ones(len(frames), dtype=np.uint8))  # LINEAR
    curve.update()
    if cyclic:
        curve.modifiers.new("CYCLES")
    return curve
