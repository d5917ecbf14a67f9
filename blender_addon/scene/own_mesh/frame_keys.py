"""The result as shape keys of the artist's own objects, behind the keys that they have."""

import numpy as np

from ...core import compact_keys
from ...core.own_mesh.mesh_input import bad_mesh
from .. import actions, shape_keys
from ..creatures import PROPERTY


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
    groups = []
    for action in result.actions:
        frames = _in_object_space(action.vertices[:, part.nearest], part.matrix, origin, unit)
        groups.append(_add_keys(obj, part.base, frames, action, timing))
    keys = obj.data.shape_keys
    if active is not None:
        obj.active_shape_key_index = shown
    earlier = _keep_earlier(keys, [path for paths, _, _ in groups for path in paths], timing.start)
    made = []
    for action, (paths, keyframes, cyclic) in zip(result.actions, groups, strict=True):
        block, curves = actions.new_action(keys, f"{obj.name}_{action.name}", assigned=False)
        block[PROPERTY] = True
        for path, (frames, values) in zip(paths, keyframes, strict=True):
            actions.add_curve(curves, path, frames, values, cyclic)
        others = [path for other, _, _ in groups if other is not paths for path in other]
        _still(curves, earlier + others, timing.start)
        made.append(block)
    if plays:
        actions.assign(keys, made[0])
    for block in made[1 if plays else 0 :]:
        actions.add_strip(keys, block, timing.start, muted=True)
    return keys


def _add_keys(obj, base, frames, action, timing):
    """Add an action's keys; returns their data paths, keyframes (frames, values) and whether it loops."""
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
    return [f'key_blocks["{block.name}"].value' for block in blocks], keyframes, cyclic


def _keep_earlier(keys, added, start):
    """Make room for new Actions on keys; returns the data paths of all that earlier ones of ours move.

    The artist's own Action goes on playing, as an NLA track below ours. An earlier one of ours becomes a
    muted track, and all of ours keep the added keys still.
    """
    active, paths = actions.active(keys), {}
    ours = [action for action in actions.all_of(keys) if PROPERTY in action]
    for action in ours:
        paths |= {curve.data_path: None for curve in actions.curves_of(action, keys)}
        _still(actions.curves_in(action, keys), added, start)
    if active is not None:
        actions.assign(keys, None)
        actions.add_strip(keys, active, active.frame_range[0], muted=active in ours)
    return list(paths)


def _still(curves, paths, start):
    """Curves that keep keys at 0, whatever another Action left them at."""
    for path in paths:
        actions.add_curve(curves, path, [start], [0.0], cyclic=False)


def _in_object_space(points, matrix, origin, unit):
    """Points (T, V, 3) of the result, in metres from the sent mesh's origin, in an object's own space."""
    inverse = np.linalg.inv(matrix)
    world = (points.astype(np.float64) + origin) / unit
    return (world @ inverse[:3, :3].T + inverse[:3, 3]).astype(np.float32)
