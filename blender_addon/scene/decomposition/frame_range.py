"""The frames of an animation that are read."""

import math

from .. import actions

WHOLE = 1e-3
"""Distance from a whole frame within which a loop can be keyed frame by frame."""


def animated_blocks(obj):
    """The data-blocks whose animation moves a mesh object: its shape keys, itself, its mesh, armatures."""
    blocks = [obj.data.shape_keys, obj, obj.data]
    blocks += [m.object for m in obj.modifiers if m.type == "ARMATURE"]
    return [block for block in blocks if block is not None]


def action_of(obj):
    """The Action that moves an object: of its shape keys, its modifiers and nodes, or itself; or None."""
    return next(filter(None, map(actions.active, animated_blocks(obj))), None)


def muted_tracks(obj):
    """Names of the NLA tracks whose strips do not play, and whose Actions do not play otherwise."""
    names = []
    for block in animated_blocks(obj):
        played = {strip.action for strip in actions.playing_strips(block)} | {actions.active(block)}
        data = block.animation_data
        names += [
            track.name
            for track in ([] if data is None else data.nla_tracks)
            if any(strip.action is not None and strip.action not in played for strip in track.strips)
        ]
    return list(dict.fromkeys(names))


def of_animation(scene, obj):
    """First and last frame of what moves an object, and whether it loops.

    Those of its Action; else of its NLA strips; else the scene's. Without a loop's closing frame, where it
    begins again.
    """
    action = action_of(obj)
    if action is None:
        strips = next(filter(None, map(actions.playing_strips, animated_blocks(obj))), [])
        if not strips:
            return scene.frame_start, scene.frame_end, False
        first, last = min(strip.frame_start for strip in strips), max(strip.frame_end for strip in strips)
        return math.floor(first + WHOLE), math.ceil(last - WHOLE), False
    first, last = (round(frame) for frame in action.frame_range)
    whole = abs(action.frame_range[1] - last) < WHOLE
    loops = any(m.type == "CYCLES" for curve in actions.curves_of(action) for m in curve.modifiers)
    return (first, last - 1, True) if loops and whole and last > first + 1 else (first, last, False)
