"""The result as shape keys of the artist's own objects, behind the keys that they have."""

import numpy as np

from .. import actions, shape_keys
from . import shared_meshes


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
    shared_meshes.refuse_keys(objects)
    return [
        _add_to(obj, part, result, taken.mesh.origin, timing, unit, plays)
        for obj, part in zip(objects, taken.objects, strict=True)
    ]


def let_play(objects):
    """Turn off what would keep the keys' Actions from moving objects; returns notes."""
    notes = []
    for obj in objects:
        if obj.show_only_shape_key:
            obj.show_only_shape_key = False
            notes.append(f"Shape Key Lock of {obj.name} is turned off, for it would show one key alone.")
        notes += actions.let_play(obj.data.shape_keys, f"the shape keys of {obj.name}")
    return notes


def _add_to(obj, part, result, origin, timing, unit, plays):
    clips = []
    for action in result.actions:
        frames = _in_object_space(action.vertices[:, part.nearest], part.matrix, origin, unit)
        clips.append(shape_keys.Clip(f"{obj.name}_{action.name}", f"{action.name}_", frames, action.cyclic))
    return shape_keys.add_clips(obj, part.base, clips, timing, plays)


def _in_object_space(points, matrix, origin, unit):
    """Points (T, V, 3) of the result, in metres from the sent mesh's origin, in an object's own space."""
    inverse = np.linalg.inv(matrix)
    world = (points.astype(np.float64) + origin) / unit
    return (world @ inverse[:3, :3].T + inverse[:3, 3]).astype(np.float32)
