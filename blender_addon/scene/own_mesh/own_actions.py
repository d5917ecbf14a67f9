"""Actions on the artist's own bones, from the backend's world-space result."""

import dataclasses

import numpy as np
from mathutils import Matrix, Quaternion, Vector

from ...core.rig import pose
from .. import actions, our_actions
from ..rig import correctives, pose_actions
from . import constraints

STILL = 1e-6
"""Locations that change by less, as a share of the skeleton's longest side, get a single key."""


@dataclasses.dataclass(frozen=True)
class _Channels:
    """What gets keys: bones with these `names`, but not the channels `held`; those `scaled` get scale too."""

    names: list
    held: set
    scaled: set


def add(rig, result, origin, timing, unit, titles):
    """Add an Action for each of a result's actions; the first one becomes active.

    The bones that were sent get keys; the others, as a root bone, keep their place, and what is placed by
    them still is: the keys are made as if they rested. An Action that was active becomes a muted NLA track,
    and earlier tracks of ours are muted. Tracks of the artist's lie below: they go on moving other channels.

    Returns notes, and the earlier Actions of ours that the new ones replace, each with its new one, for
    `our_actions.discard`.

    Parameters
    ----------
    rig : Object
        The artist's armature.
    result : AnimatedResult
        For its bones.
    origin : (3,) float64
        Of the sent mesh, in metres.
    timing : Timing
    unit : float
        Metres in one Blender unit.
    titles : list of str
        Names of the Actions.
    """
    keyed = set(result.names)
    notes = [*actions.let_play(rig, rig.name), *constraints.mute(rig, keyed)]
    before, earlier = actions.active(rig), {action.name: action for action in our_actions.of(rig)}
    our_actions.mute(rig)
    channels = _Channels(result.names, constraints.held_channels(rig, keyed), _scaled(rig, result.names))
    made = []
    for title, action in zip(titles, result.actions, strict=True):
        poses = _poses(rig, result, action, origin, unit)
        made.append(_add_action(rig, channels, poses, action.cyclic, timing, title))
    if before is not None:
        actions.stash(rig, before)
    actions.assign(rig, made[0])
    pose_actions.stash(rig, made, timing.start)
    replaced = {earlier[title]: new for title, new in zip(titles, made, strict=True) if title in earlier}
    return notes + constraints.sentences(rig, channels.held), replaced


def _scaled(rig, names):
    """Bones that are scaled now, by another pose, or that an NLA strip scales."""
    playing = actions.playing_strips(rig)
    played = [strip.action for strip in playing if strip.action is not None]
    keyed = {curve.data_path for action in played for curve in actions.curves_of(action, rig)}
    return {
        name
        for name in names
        if np.abs(np.array(rig.pose.bones[name].scale) - 1.0).max() > STILL
        or pose_actions.bone_path(name, "scale") in keyed
    }


def _poses(rig, result, action, origin, unit):
    """Matrices of the bones in the armature's space: a dictionary a frame, bone name -> Matrix."""
    world = np.array(rig.matrix_world, dtype=np.float64)
    axes = world[:3, :3] / np.linalg.norm(world[:3, :3], axis=0)
    turn = np.array(Matrix(axes.tolist()).to_quaternion())
    rotations = pose.multiply(pose.multiply(pose.conjugate(turn), action.rotations), turn)
    heads = (action.translations.astype(np.float64) + result.heads + origin) / unit
    heads = (heads - world[:3, 3]) @ np.linalg.inv(world[:3, :3]).T
    rest = [rig.data.bones[name].matrix_local.to_3x3() for name in result.names]
    frames = []
    for turned, places in zip(rotations.tolist(), heads.tolist(), strict=True):
        matrices = {}
        for name, rotation, place, bone in zip(result.names, turned, places, rest, strict=True):
            matrix = (Quaternion(rotation).to_matrix() @ bone).to_4x4()
            matrix.translation = Vector(place)
            matrices[name] = matrix
        frames.append(matrices)
    return frames


def _local(rig, order, keyed):
    """Local matrices of the keyed bones, where the others rest."""
    poses, local = {}, {}
    for bone in order:
        parent = bone.parent
        above = {}
        if parent is not None:
            above = {"parent_matrix": poses[parent.name], "parent_matrix_local": parent.matrix_local}
        target = keyed.get(bone.name)
        if target is None:
            poses[bone.name] = bone.convert_local_to_pose(Matrix(), bone.matrix_local, **above)
            continue
        local[bone.name] = bone.convert_local_to_pose(target, bone.matrix_local, invert=True, **above)
        if bone.use_connect:  # its head is where its parent ends, whatever the location says
            local[bone.name].translation = Vector()
            target = bone.convert_local_to_pose(local[bone.name], bone.matrix_local, **above)
        poses[bone.name] = target
    return local


def _add_action(rig, channels, poses, cyclic, timing, title):
    order = _needed(rig, channels.names)
    frames = [_local(rig, order, keyed) for keyed in poses]
    cyclic = cyclic and len(frames) > 1
    block, curves = actions.new_action(rig, title, assigned=False)
    our_actions.mark(block)
    correctives.add_still(rig, curves, timing.start)
    size = max(rig.dimensions) or 1.0
    for name in channels.names:
        bone = rig.pose.bones[name]
        keyed = [_rotation(bone, [frame[name].to_quaternion() for frame in frames], cyclic)]
        if not rig.data.bones[name].use_connect:
            moved = np.array([frame[name].translation for frame in frames])
            still = np.ptp(moved, axis=0).max() < STILL * size
            keyed.append(("location", moved[:1] if still else pose.closed(moved) if cyclic else moved))
        if name in channels.scaled:
            keyed.append(("scale", np.ones((1, 3))))
        for prop, values in keyed:
            path = pose_actions.bone_path(name, prop)
            for axis in range(values.shape[1]):
                if (name, prop, axis) not in channels.held:
                    times = timing.frames(len(values))
                    actions.add_curve(
                        curves, path, times, values[:, axis], cyclic and len(values) > 1, axis, name
                    )
    return block


def _needed(rig, names):
    """The bones with these names and all above them, parents first."""
    needed = set()
    for name in names:
        bone = rig.data.bones[name]
        while bone is not None and bone.name not in needed:
            needed.add(bone.name)
            bone = bone.parent
    return sorted((rig.data.bones[name] for name in needed), key=lambda bone: len(bone.parent_recursive))


def _rotation(bone, rotations, cyclic):
    """Property and values (T, 3 or 4) of a bone's rotations in its own rotation mode."""
    values = pose.continuous(np.array(rotations))
    if cyclic:
        values = pose.closed_rotations(values)
    prop = constraints.ROTATION_PROPERTIES.get(bone.rotation_mode, "rotation_euler")
    if prop == "rotation_quaternion":
        return prop, values
    turned, rows = [Quaternion(value) for value in values], []
    if prop == "rotation_axis_angle":
        axis = Vector((0.0, 1.0, 0.0))
        for rotation in turned:
            axis = rotation.axis if abs(rotation.angle) > 1e-4 else axis
            rows.append((rotation.angle, *axis))
        return prop, np.array(rows)
    for rotation in turned:
        before = rows[-1:] or [bone.rotation_euler.copy()]
        rows.append(rotation.to_euler(bone.rotation_mode, before[0]))
    return prop, np.array(rows)
