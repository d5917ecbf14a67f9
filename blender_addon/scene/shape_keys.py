"""Vertices over time to shape keys: every frame a key."""

import numpy as np

from . import actions


def add_frames(obj, frames):
    """Basis and one relative key a frame on an object without shape keys.

    frames (T, V, 3) float32. `points` with float32 is some 50 times faster than `data` (facts measured in
    benchmarks/shape_keys.py).
    """
    obj.shape_key_add(name="Basis", from_mix=False)
    for i, frame in enumerate(frames):
        key = obj.shape_key_add(name=f"f{i:03d}", from_mix=False)
        key.points.foreach_set("co", np.ascontiguousarray(frame, dtype=np.float32).ravel())
    keys = obj.data.shape_keys
    keys.use_relative = True
    return keys


def animate(keys, name, start, cyclic):
    """An Action that shows key i alone at frame start + i, linearly in between; a loop closes at its end."""
    blocks = list(keys.key_blocks)[1:]
    count = len(blocks)
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
        actions.add_curve(curves, path, [start + frame for frame in frames], values, cyclic)
    return action
