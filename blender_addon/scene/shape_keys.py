"""Vertices over time as shape keys: one key a frame, or few keys with weights."""

import numpy as np

from ..core.timeline import shape_key_curves
from . import actions
from .creatures import PROPERTY


def add_frames(obj, frames):
    """Add Basis and one relative key a frame to an object without shape keys; returns its `Key`.

    frames: (T, V, 3) float32, in Blender units.
    """
    return _add(obj, "f", frames)


def add_offsets(obj, rest, offsets):
    """Add Basis and one relative key an offset from rest; returns its `Key`.

    rest: (V, 3); offsets: (K, V, 3); float32, in Blender units.
    """
    return _add(obj, "k", (rest + offset for offset in offsets))


def append(obj, prefix, shapes):
    """Add one relative key a shape behind those that an object has, and Basis where it has none.

    Returns the new key blocks, whose values are 0. shapes: (V, 3) float32 each, in the object's space.
    """
    if obj.data.shape_keys is None:
        obj.shape_key_add(name="Basis", from_mix=False)
    keys, added = obj.data.shape_keys, []
    for i, shape in enumerate(shapes):
        key = obj.shape_key_add(name=f"{prefix}{i:03d}", from_mix=False)
        key.relative_key, key.value = keys.reference_key, 0.0
        # `points` with float32 is many times faster than `data` (benchmarks/shape_keys.py).
        key.points.foreach_set("co", np.ascontiguousarray(shape, dtype=np.float32).ravel())
        added.append(key.name)
    return [keys.key_blocks[name] for name in added]


def _add(obj, prefix, shapes):
    append(obj, prefix, shapes)
    keys = obj.data.shape_keys
    keys.use_relative = True
    return keys


def animate(keys, name, start, step, cyclic):
    """A new Action that shows key i alone at frame start + i * step; returns it.

    cyclic: the Action repeats for ever, without a jump.
    """
    count = len(keys.key_blocks) - 1
    cyclic = cyclic and count > 1
    return _new_action(keys, name, frame_curves(count, start, step, cyclic), cyclic)


def animate_weights(keys, name, start, step, weights, cyclic):
    """A new Action that gives key k the weight weights[i, k] at frame start + i * step; returns it.

    weights: (T, K) float; cyclic: the last row leads to the first again.
    """
    cyclic = cyclic and len(weights) > 1
    return _new_action(keys, name, weight_curves(weights, start, step, cyclic), cyclic)


frame_curves = shape_key_curves


def weight_curves(weights, start, step, cyclic):
    """Keyframes (frames, values) of each key's value, from weights (T, K) at frames start + i * step."""
    rows = np.concatenate([weights, weights[:1]]) if cyclic else weights
    frames = start + step * np.arange(len(rows))
    return [(frames, column) for column in rows.T]


def _new_action(keys, name, keyframes, cyclic):
    action, curves = actions.new_action(keys, name)
    action[PROPERTY] = True
    for block, (frames, values) in zip(list(keys.key_blocks)[1:], keyframes, strict=True):
        actions.add_curve(curves, f'key_blocks["{block.name}"].value', frames, values, cyclic)
    return action
