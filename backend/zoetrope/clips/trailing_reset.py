"""Last keys that leap back to the beginning: exporters leave one at the end of clips that do not repeat."""

from dataclasses import replace

import numpy as np

from zoetrope.clips.animated_asset import AnimatedAsset

BACK = 0.1
"""Share of the leap within which its pose is the first one again."""
LEAP = 4.0
"""How many times faster than the fastest of its clip a last step must be to be a leap."""
FEWEST = 6
"""Keys that a clip must have: with fewer, its last step says too little."""

BLOCK = 32
"""Steps that are evaluated at once: of a scan with a thousand keys all frames would fill the memory."""


def find_trailing_reset(asset: AnimatedAsset, name: str) -> float | None:
    """The second of the key before a clip's leap back to its first pose; None for a clip without one.

    A leap is a step between the last two keys, LEAP times as fast as any before it, that ends in the first
    pose. Loops end there too, but go there no faster than elsewhere.
    """
    keys = np.unique(np.concatenate([channel.times for channel in asset.animations[name]]))
    if len(keys) < FEWEST:
        return None
    first, before, last = asset.evaluate(name, keys[[0, -2, -1]])
    leap = np.linalg.norm(last - before, axis=-1).mean()
    if leap == 0.0 or np.linalg.norm(last - first, axis=-1).mean() > BACK * leap:
        return None
    blocks = [keys[i : i + BLOCK + 1] for i in range(0, len(keys) - 1, BLOCK)]
    steps = [
        np.linalg.norm(np.diff(asset.evaluate(name, block), axis=0), axis=-1).mean(axis=1) for block in blocks
    ]
    speeds = np.concatenate(steps) / np.diff(keys)
    return float(keys[-2]) if speeds[-1] > LEAP * speeds[:-1].max() else None


def trim_trailing_resets(asset: AnimatedAsset) -> AnimatedAsset:
    """The asset, its clips cut before the keys that leap back; their other keys stay."""
    ends = {name: find_trailing_reset(asset, name) for name in asset.clip_names}
    if not any(end is not None for end in ends.values()):
        return asset
    animations = {
        name: channels if (end := ends[name]) is None else tuple(channel.until(end) for channel in channels)
        for name, channels in asset.animations.items()
    }
    return replace(asset, animations=animations)
