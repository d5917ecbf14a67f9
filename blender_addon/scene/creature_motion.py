"""What moves a generated creature: an armature with its Actions, shape keys with theirs, or both."""

import dataclasses

import numpy as np

from ..core.rig import joint_names
from . import actions, creatures, placement, shape_keys
from .rig import armature, correctives, pose_actions, skinning
from .rig.replaced import MADE


@dataclasses.dataclass(frozen=True)
class Motion:
    """A result's actions on the timeline; `metres` in one Blender unit."""

    result: object
    timing: object
    metres: float

    def clip(self):
        """First and last scene frame of the first action."""
        return self.timing.clip(self.result.actions[0].frames)

    def mark_cycles(self, action, block):
        """Store with an Action how long it fills the timeline, where that is several cycles."""
        if action.frames > action.keys:
            block[creatures.FRAMES] = list(self.timing.clip(action.frames))


def add_shape_keys(obj, motion, plays):
    """Add a shape key a frame, or compact keys where there would be too many; returns the mesh's `Key`.

    plays: whether the first action plays, or an armature moves the mesh.
    """
    result, clips = motion.result, []
    for action in result.actions:
        frames = action.vertices
        if motion.metres != 1.0:
            frames = frames / np.float32(motion.metres)
        prefix = "" if len(result.actions) == 1 else f"{action.name or 'motion'}_"
        clips.append(shape_keys.Clip(result.title(action), prefix, frames, action.cyclic))
    rest = result.rest / np.float32(motion.metres)
    keys = shape_keys.add_clips(obj, rest, clips, motion.timing, plays)
    for action, block in zip(result.actions, actions.all_of(keys), strict=True):
        motion.mark_cycles(action, block)
    return keys


def add_armature(context, obj, motion, taken):
    """Add an armature, weights and Actions to a creature's mesh; returns it and the groups' names.

    Parameters
    ----------
    obj : Object
        Linked where the armature is to be linked.
    taken : set of str
        Names of vertex groups that the joints may not have.
    """
    result, unit = motion.result, motion.metres
    names = joint_names.free_names(result.names, taken)
    rig = armature.new_armature(f"{result.name}_rig")
    placement.link_beside(context, rig, obj)
    heads, tails = result.heads / unit, result.tails / unit
    armature.add_bones(context, rig, names, result.parents, heads, tails, result.z_axes)
    rig[MADE] = True
    skinning.add_groups(obj, names, result.weight_joints, result.weight_values)
    skinning.add_modifier(obj, rig)
    corrected = []
    if result.correctives is not None:
        rest, offsets = result.rest / np.float32(unit), result.correctives / np.float32(unit)
        corrected = correctives.add_keys(obj, rig, rest, offsets)
    made = []
    for i, action in enumerate(result.actions):
        block = pose_actions.add_action(
            rig, names, result.parents, action, motion.timing, unit, result.title(action), i == 0
        )
        if corrected:
            correctives.add_curves(rig, block, corrected, action.values, motion.timing, action.cyclic)
        motion.mark_cycles(action, block)
        made.append(block)
    pose_actions.stash(rig, made, motion.timing.start)
    return rig, names


def name_again(rig, result):
    """Give an armature and its Actions their names: those of what it replaced are free by now."""
    rig.name = rig.data.name = f"{result.name}_rig"
    for action, block in zip(result.actions, actions.all_of(rig), strict=True):
        block.name = result.title(action)
