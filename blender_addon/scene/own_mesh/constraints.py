"""What of the artist's rig stands against keys on its bones: constraints, drivers, locked channels."""

from ..rig.pose_actions import bone_path
from . import own_rig

SOLVERS = ("IK", "SPLINE_IK")
ROTATION_PROPERTIES = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
"""Property of a pose bone's rotation, by its rotation mode; the Euler orders share `rotation_euler`."""
CHANNELS = {
    "location": 3,
    "rotation_quaternion": 4,
    "rotation_axis_angle": 4,
    "rotation_euler": 3,
}
"""Keyed properties of a pose bone, and how many values each has."""


def mute(rig, keyed):
    """Mute the constraints that would move keyed bones away from their keys; returns notes.

    keyed: names of bones. A solver at the end of a chain moves all bones of the chain.
    """
    found = {}
    for bone in rig.pose.bones:
        for constraint in bone.constraints:
            if not constraint.mute and constraint.influence > 0.0 and _moved(bone, constraint) & keyed:
                constraint.mute = True
                found.setdefault(bone.name, []).append(constraint.name)
    if not found:
        return []
    listed = own_rig.listed([f"{', '.join(names)} of {bone}" for bone, names in found.items()])
    return [f"Constraints of {rig.name} are muted, for they would hold the bones: {listed}."]


def held_channels(rig, keyed):
    """Channels that get no keys, (bone name, property, index) -> "driver" or "lock"."""
    held = {}
    for name in keyed:
        bone = rig.pose.bones[name]
        held |= {(name, "location", i): "lock" for i in range(3) if bone.lock_location[i]}
        locks = list(bone.lock_rotation)
        held |= {(name, "rotation_euler", i): "lock" for i in range(3) if locks[i]}
        four = [bone.lock_rotation_w, *locks] if bone.lock_rotations_4d else [False, *locks]
        for prop in ("rotation_quaternion", "rotation_axis_angle"):
            held |= {(name, prop, i): "lock" for i in range(4) if four[i]}
    driven = {
        (c.data_path, c.array_index) for c in (rig.animation_data.drivers if rig.animation_data else ())
    }
    for name in keyed:
        for prop, count in CHANNELS.items():
            path = bone_path(name, prop)
            held |= {(name, prop, i): "driver" for i in range(count) if (path, i) in driven}
    return held


def sentences(rig, held):
    """Notes for the artist on channels without keys."""
    notes = []
    for reason, text in (("lock", "Locked"), ("driver", "Driven")):
        names = own_rig.listed(
            sorted(
                {name for (name, prop, _), why in held.items() if why == reason and _used(rig, name, prop)}
            )
        )
        if names:
            notes.append(f"{text} channels of {rig.name} stay as they are, without keys: {names}.")
    return notes


def _used(rig, name, prop):
    mode = rig.pose.bones[name].rotation_mode
    if prop == "location":
        return not rig.data.bones[name].use_connect
    return prop == ROTATION_PROPERTIES.get(mode, "rotation_euler")


def _moved(bone, constraint):
    """Names of the bones that a constraint of a bone moves: of a solver, its chain."""
    if constraint.type not in SOLVERS:
        return {bone.name}
    chain = [bone, *bone.parent_recursive]
    count = constraint.chain_count
    return {b.name for b in (chain if count == 0 else chain[:count])}
