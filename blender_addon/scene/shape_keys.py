"""Vertices over time as shape keys, one key a frame or few keys with weights, and an Action a clip."""

import dataclasses

import numpy as np

from ..core import compact_keys
from ..core.timeline import shape_key_curves
from . import actions, our_actions
from .levels import found


@dataclasses.dataclass(frozen=True)
class Clip:
    """Frames of one Action.

    `title` of the Action; `prefix` of its keys' names; `frames` (T, V, 3) float32 in the object's space.
    """

    title: str
    prefix: str
    frames: np.ndarray
    cyclic: bool


def add_clips(obj, base, clips, timing, plays):
    """Add shape keys and an Action for each clip, behind what an object has; returns its `Key`.

    Parameters
    ----------
    obj : Object
    base : (V, 3) float32
        Its vertices at rest.
    clips : list of Clip
    timing : Timing
    plays : bool
        Whether the first one plays; False: all are kept as muted NLA tracks, for an armature plays.
    """
    shown, active = obj.active_shape_key_index, obj.active_shape_key
    groups = [_add_keys(obj, base, clip, timing) for clip in clips]
    keys = obj.data.shape_keys
    if active is not None:
        obj.active_shape_key_index = shown
    else:
        keys.use_relative = True
    earlier = _keep_earlier(keys, [path for paths, _, _ in groups for path in paths], timing.start)
    made = []
    for clip, (paths, keyframes, cyclic) in zip(clips, groups, strict=True):
        name = clip.title if plays else title_beside_armature(clip.title)
        block, curves = actions.new_action(keys, name, assigned=False)
        our_actions.mark(block)
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


def title_beside_armature(title):
    """Name of shape keys' Action where the armature's Action has the title."""
    return found.name_with(title, "_shape_keys")


def _add_keys(obj, base, clip, timing):
    """Add a clip's keys; returns their data paths, keyframes (frames, values) and whether it loops."""
    frames = compact_keys.one_period(clip.frames) if clip.cyclic else clip.frames
    cyclic = clip.cyclic and len(frames) > 1
    if len(frames) <= compact_keys.EXACT_KEYS:
        blocks = append(obj, clip.prefix or "f", frames)
        keyframes = shape_key_curves(len(frames), timing.start, timing.step, cyclic)
    else:
        tolerance = compact_keys.TOLERANCE * compact_keys.longest_side(base)
        offsets, weights = compact_keys.compact_keys(base, frames, tolerance)
        blocks = append(obj, f"{clip.prefix}k", (base + offset for offset in offsets))
        keyframes = weight_curves(weights, timing.start, timing.step, cyclic)
    return [value_path(block) for block in blocks], keyframes, cyclic


def value_path(block):
    """Data path of a key's value, from its `Key`."""
    return block.path_from_id("value")


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


def weight_curves(weights, start, step, cyclic):
    """Keyframes (frames, values) of each key's value, from weights (T, K) at frames start + i * step."""
    rows = np.concatenate([weights, weights[:1]]) if cyclic else weights
    frames = start + step * np.arange(len(rows))
    return [(frames, column) for column in rows.T]


def _keep_earlier(keys, added, start):
    """Make room for new Actions on keys; returns the data paths of all that earlier ones of ours move.

    The artist's own Action goes on playing, as an NLA track below ours. An earlier one of ours becomes a
    muted track, and all of ours keep the added keys still.
    """
    active, paths = actions.active(keys), {}
    ours = our_actions.of(keys)
    our_actions.mute(keys)
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
