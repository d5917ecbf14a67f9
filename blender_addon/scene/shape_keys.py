"""Vertices over time as shape keys: one key a frame."""

import numpy as np

from ..core.timeline import shape_key_curves
from . import actions


def add_frames(obj, frames):
    """Add Basis and one relative key a frame to an object without shape keys; returns its `Key`.

    frames: (T, V, 3) float32, metres.
    """
    obj.shape_key_add(name="Basis", from_mix=False)
    for i, frame in enumerate(frames):
        key = obj.shape_key_add(name=f"f{i:03d}", from_mix=False)
        # `points` with float32 is many times faster than `data` (benchmarks/shape_keys.py).
        key.points.foreach_set("co", np.ascontiguousarray(frame, dtype=np.float32).ravel())
    keys = obj.data.shape_keys
    keys.use_relative = True
    return keys


def animate(keys, name, start, step, cyclic):
    """A new Action that shows key i alone at frame start + i * step; returns it.

    cyclic: the Action repeats for ever, without a jump.
    """
    blocks = list(keys.key_blocks)[1:]
    cyclic = cyclic and len(blocks) > 1
    action, curves = actions.new_action(keys, name)
    keyframes = shape_key_curves(len(blocks), start, step, cyclic)
    for block, (frames, values) in zip(blocks, keyframes, strict=True):
        actions.add_curve(curves, f'key_blocks["{block.name}"].value', frames, values, cyclic)
    return action
