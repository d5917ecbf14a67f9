"""The result as shape keys of the artist's own objects, behind the keys that they have."""

import numpy as np

from ...core import compact_keys
from ...core.own_mesh.mesh_input import bad_mesh
from .. import actions, shape_keys


def add(objects, result, taken, timing, unit, plays):
    """Add shape keys and their Actions; returns the `Key` of each mesh.

    Parameters
    ----------
    objects : list of Object
        In the intake's order.
    result : AnimatedResult
        With vertices.
    taken : Intake
    timing : Timing
    unit : float
        Metres in one Blender unit.
    plays : bool
        Whether the first action plays; False: all are kept as muted NLA tracks, for an armature plays.
    """
    users = {}
    for obj in objects:
        if obj.data in users:
            raise bad_mesh(
                f"{users[obj.data].name} and {obj.name} share one mesh, and cannot have shape keys each.",
                "Use Object > Relations > Make Single User > Object & Data, or choose Output: Armature.",
            )
        users[obj.data] = obj
    return [
        _add_to(obj, part, result, taken.mesh.origin, timing, unit, plays)
        for obj, part in zip(objects, taken.objects, strict=True)
    ]


def _add_to(obj, part, result, origin, timing, unit, plays):
    shown, active = obj.active_shape_key_index, obj.active_shape_key
    groups = []  # one a key of an action: (its keyframes, by key)
    for action in result.actions:
        frames = _in_object_space(action.vertices[:, part.nearest], part.matrix, origin, unit)
        groups.append(_add_keys(obj, part.base, frames, action, timing))
    keys = obj.data.shape_keys
    if active is not None:
        obj.active_shape_key_index = shown
    _keep_own(keys)
    made = []
    for i, action in enumerate(result.actions):
        block, curves = actions.new_action(keys, f"{obj.name}_{action.name}", assigned=False)
        block[shape_keys.PROPERTY] = True
        for j, (names, keyframes, cyclic) in enumerate(groups):
            for name, (frames, values) in zip(names, keyframes, strict=True):
                if i != j:  # another action's key must not stay where that one left it
                    frames, values = [timing.start], [0.0]
                path = f'key_blocks["{name}"].value'
                actions.add_curve(curves, path, frames, values, cyclic and i == j)
        made.append(block)
    if plays:
        actions.assign(keys, made[0])
    for block in made[1 if plays else 0 :]:
        actions.add_strip(keys, block, timing.start, muted=True)
    return keys


def _add_keys(obj, base, frames, action, timing):
    """Add an action's keys; returns their names, their keyframes (frames, values) and whether it loops."""
    if action.cyclic:
        frames = compact_keys.one_period(frames)
    cyclic = action.cyclic and len(frames) > 1
    if len(frames) <= compact_keys.EXACT_KEYS:
        blocks = shape_keys.append(obj, f"{action.name}_", frames)
        keyframes = shape_keys.frame_curves(len(frames), timing.start, timing.step, cyclic)
    else:
        tolerance = compact_keys.TOLERANCE * compact_keys.longest_side(base)
        offsets, weights = compact_keys.compact_keys(base, frames, tolerance)
        blocks = shape_keys.append(obj, f"{action.name}_k", (base + offset for offset in offsets))
        keyframes = shape_keys.weight_curves(weights, timing.start, timing.step, cyclic)
    return [block.name for block in blocks], keyframes, cyclic


def _keep_own(keys):
    """Let the artist's own Action on the keys go on playing, as an NLA track below ours."""
    own = actions.active(keys)
    if own is not None and shape_keys.PROPERTY not in own:
        actions.assign(keys, None)
        actions.add_strip(keys, own, own.frame_range[0], muted=False)
    elif own is not None:
        actions.assign(keys, None)
        actions.add_strip(keys, own, own.frame_range[0], muted=True)


def _in_object_space(points, matrix, origin, unit):
    """Points (T, V, 3) of the result, in metres from the sent mesh's origin, in an object's own space."""
    inverse = np.linalg.inv(matrix)
    world = (points.astype(np.float64) + origin) / unit
    return (world @ inverse[:3, :3].T + inverse[:3, 3]).astype(np.float32)
