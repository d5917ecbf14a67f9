"""Removal of trailing reset keys: some exporters end non-looping clips with a key of the first pose."""

from dataclasses import replace

import numpy as np

from zoetrope.clips.animated_asset import AnimatedAsset

POSE_TOLERANCE = 0.1
"""The last pose equals the first if it is this close to it, as a share of the last step's length."""
MIN_SPEED_RATIO = 4.0
"""The last step is a jump if it is this many times faster than the fastest step before it."""
MIN_KEYS = 6
"""Clips with fewer keys are not changed: they have too few steps to compare speeds."""
BLOCK = 32
"""Steps evaluated at once, which bounds the memory for clips with a thousand keys."""


def find_trailing_reset(asset: AnimatedAsset, name: str) -> float | None:
    """Return the time of the key before a clip's jump back to its first pose; None for a clip without one.

    The jump is a step between the last two keys that ends in the first pose and is `MIN_SPEED_RATIO` times
    faster than any step before it. Loops also end in the first pose, but not at a higher speed.
    """
    keys = np.unique(np.concatenate([channel.times for channel in asset.animations[name]]))
    if len(keys) < MIN_KEYS:
        return None
    first, before, last = asset.evaluate(name, keys[[0, -2, -1]])
    jump = np.linalg.norm(last - before, axis=-1).mean()
    if jump == 0.0 or np.linalg.norm(last - first, axis=-1).mean() > POSE_TOLERANCE * jump:
        return None
    blocks = [keys[i : i + BLOCK + 1] for i in range(0, len(keys) - 1, BLOCK)]
    steps = [
        np.linalg.norm(np.diff(asset.evaluate(name, block), axis=0), axis=-1).mean(axis=1) for block in blocks
    ]
    speeds = np.concatenate(steps) / np.diff(keys)
    return float(keys[-2]) if speeds[-1] > MIN_SPEED_RATIO * speeds[:-1].max() else None


def trim_trailing_resets(asset: AnimatedAsset) -> AnimatedAsset:
    """Return the asset with its clips cut before trailing reset keys; the same object if there are none."""
    ends = {name: find_trailing_reset(asset, name) for name in asset.clip_names}
    if not any(end is not None for end in ends.values()):
        return asset
    animations = {
        name: channels
        if (end := ends[name]) is None
        else tuple(channel.truncated(end) for channel in channels)
        for name, channels in asset.animations.items()
    }
    return replace(asset, animations=animations)
