"""Vertices over time to shape keys: every frame a key."""

import numpy as np

from . import actions


def add_frames(obj, frames):
    """Basis and one relative key a frame on an object without shape keys.

    frames (T, V, 3) float32. `points` with float32 is many times faster than `data`
    (benchmarks/shape_keys.py).
    """
    obj.shape_key_add(name="Basis", from_mix=False)
    for i, frame in enumerate(frames):
        key = obj.shape_key_add(name=f"f{i:03d}", from_mix=False)
        key.points.foreach_set("co", np.ascontiguousarray(frame, dtype=np.float32).ravel())
    keys = obj.data.shape_keys
    keys.use_relative = True
    return keys


def animate(keys, name, start, step, cyclic):
    """An Action that shows key i alone at frame start + i * step, linearly in between; a loop closes."""
    blocks = list(keys.key_blocks)[1:]
    count = len(blocks)
    cyclic = cyclic and count > 1
    action, curves = actions.new_action(keys, name)
    end = count if cyclic else count - 1
    for i, block in enumerate(blocks):
        at = {0: float(i == 0), end: float(i == end % count)}
        around = ((i - 1, 0.0), (i, 1.0), (i + 1, 0.0))
        at |= {frame: value for frame, value in around if 0 <= frame <= end}
        if cyclic and i == 0:
            at.update({count - 1: 0.0, count: 1.0})
        frames = sorted(at)
        values = [at[frame] for frame in frames]
        path = f'key_blocks["{block.name}"].value'
        actions.add_curve(curves, path, [start + frame * step for frame in frames], values, cyclic)
    return action
