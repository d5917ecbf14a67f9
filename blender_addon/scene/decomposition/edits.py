"""A digest of what moves a mesh: by it an edit is noticed that does not show in the rest pose."""

import hashlib

import numpy as np

from .. import actions
from .frame_range import animated_blocks


def digest(obj, kept):
    """Digest of shape keys, modifiers and keyframes; the same at the same frame while none is edited.

    kept: names of modifiers that do not count.
    """
    found = hashlib.sha256()
    for modifier in obj.modifiers:
        if modifier.name not in kept:
            _add(found, modifier.name, modifier.type, modifier.show_viewport)
    if obj.data.shape_keys is not None:
        _add_shape_keys(found, obj.data.shape_keys)
    for block in animated_blocks(obj):
        for strip in actions.playing_strips(block):
            _add(found, strip.frame_start, strip.frame_end, strip.scale, strip.influence)
        for action in actions.all_of(block):
            _add_curves(found, action)
    return found.digest()


def _add_shape_keys(found, keys):
    data = keys.animation_data
    driven = set() if data is None else {driver.data_path for driver in data.drivers}
    _add(found, keys.use_relative)
    for key in keys.key_blocks:
        points = np.empty(3 * len(key.points), np.float32)
        key.points.foreach_get("co", points)
        found.update(points.tobytes())
        _add(found, key.name, key.mute, key.relative_key.name, key.vertex_group)
        if key.path_from_id("value") not in driven:
            _add(found, key.value)


def _add_curves(found, action):
    for curve in actions.curves_of(action):
        points = curve.keyframe_points
        values = np.empty(2 * len(points), np.float32)
        _add(found, curve.data_path, curve.array_index, curve.mute, len(points), len(curve.modifiers))
        for name in ("co", "handle_left", "handle_right"):
            points.foreach_get(name, values)
            found.update(values.tobytes())


def _add(found, *values):
    found.update(repr(values).encode())
