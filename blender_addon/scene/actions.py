"""Actions and their F-curves. Only this file knows of slotted Actions (Blender 4.4 and later)."""

import bpy
import numpy as np


def new_action(datablock, name):
    """A new Action on a data-block; returns it and its collection of F-curves."""
    data = datablock.animation_data_create()
    action = bpy.data.actions.new(name)
    data.action = action
    if not hasattr(action, "slots"):  # Blender 4.2 and 4.3
        return action, action.fcurves
    slot = action.slots.new(id_type=datablock.id_type, name=datablock.name)
    data.action_slot = slot  # without a slot an Action animates nothing
    strip = action.layers.new("Layer").strips.new(type="KEYFRAME")
    return action, strip.channelbag(slot, ensure=True).fcurves


def add_curve(curves, path, frames, values, cyclic):
    """Add one linear F-curve; returns it.

    Parameters
    ----------
    curves : collection of F-curves
    path : str
        Data path of the animated property.
    frames, values : (K,) float
    cyclic : bool
        Repeat it for ever; the last keyframe then has the first one's value.
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
