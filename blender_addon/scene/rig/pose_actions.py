"""Actions of an armature from the backend's rotations."""

import bpy
import numpy as np

from ...core.rig import pose
from .. import actions, our_actions


def add_action(obj, names, parents, action, timing, unit, title, assigned):
    """Add one action to an armature that `armature.add_bones` has filled; returns the Action.

    Parameters
    ----------
    obj : Object
        The armature, in world axes.
    names : list of str
        Of its bones, by joint.
    parents : (J,) int
    action : AnimatedAction
    timing : Timing
    unit : float
        Metres in one Blender unit.
    title : str
        Name of the Action.
    assigned : bool
        Whether it becomes the active one.
    """
    rest = np.array([obj.data.bones[name].matrix_local.to_quaternion() for name in names])
    rotations = pose.basis_rotations(rest, parents, action.rotations)
    moved = np.asarray(action.translations, dtype=np.float64) / unit
    if moved.ndim == 2:  # the second joint alone is displaced
        located, locations = [1], pose.rotate(pose.conjugate(rest[1]), moved)[:, None]
    else:
        heads = np.array([obj.data.bones[name].head_local for name in names])
        located = range(1, len(names))
        locations = pose.basis_locations(rest, parents, heads, action.rotations, moved)[:, 1:]
    cyclic = action.cyclic and len(rotations) > 1
    if cyclic:
        rotations, locations = pose.closed_rotations(rotations), pose.closed(locations)
    frames = timing.frames(len(rotations))
    block, curves = actions.new_action(obj, title, assigned)
    our_actions.mark(block)
    for i, joint in enumerate(located):
        path = bone_path(names[joint], "location")
        for axis in range(3):
            actions.add_curve(curves, path, frames, locations[:, i, axis], cyclic, axis, names[joint])
    for joint, name in enumerate(names):
        if joint == 0:  # the root stays
            continue
        path = bone_path(name, "rotation_quaternion")
        for axis in range(4):
            actions.add_curve(curves, path, frames, rotations[:, joint, axis], cyclic, axis, name)
    return block


def bone_path(name, prop):
    """Data path of a pose bone's property; the bone's name may have quotes and backslashes."""
    return f'pose.bones["{bpy.utils.escape_identifier(name)}"].{prop}'


def stash(obj, made, start):
    """Keep Actions other than the active one as muted NLA tracks, as *Stash* does: Blender saves them.

    made: Actions of `obj`, which stay in their order.
    """
    for action in made:
        if action != actions.active(obj):
            actions.add_strip(obj, action, start, muted=True)
