"""The Actions that an animated armature, or a mesh's shape keys, can play."""

import math

from .. import actions, creatures, our_actions
from .. import timeline as scene_timeline
from ..levels import animation as levels
from .modifiers import armature_modifiers

GAP = 1
"""Frames between two strips in the NLA editor."""


def of(obj):
    """The data-block whose Actions move an object: its own, or those of the armature that deforms it."""
    if obj is None:
        return None
    block = creatures.animation_of(obj)
    if block is None and obj.type == "MESH":
        rigs = (creatures.animation_of(modifier.object) for modifier in armature_modifiers(obj))
        block = next((rig for rig in rigs if rig is not None), None)
    return block


def play(scene, block, action):
    """Make one of them the active Action; what was active is kept as a muted NLA track."""
    before = actions.active(block)
    tracks = block.animation_data.nla_tracks
    if before is not None and before != action:
        actions.stash(block, before)
    for track in our_actions.tracks(block):
        if any(strip.action == action for strip in track.strips):
            tracks.remove(track)
        else:
            track.mute = True
    actions.assign(block, action)
    set_clip(scene, block, *range_of(action))


def push_to_nla(scene, block):
    """All of ours as strips one after the other, in the order in which they were made; returns how many."""
    made = our_actions.of(block)
    start = min(range_of(action)[0] for action in made)
    tracks = block.animation_data.nla_tracks
    for track in our_actions.tracks(block):
        tracks.remove(track)
    if actions.active(block) in made:
        actions.assign(block, None)
    at = start
    for action in made:
        track = actions.add_strip(block, action, at, muted=False)
        strip = track.strips[0]
        strip.extrapolation = "HOLD_FORWARD" if action == made[-1] else "NOTHING"
        at = math.ceil(strip.frame_end) + GAP
    set_clip(scene, block, start, at - GAP)
    return len(made)


def range_of(action):
    """First and last frame of an Action; a loop's closing key, where it begins again, is not counted."""
    if creatures.FRAMES in action:  # several cycles
        return tuple(action[creatures.FRAMES])
    low, high = action.frame_range
    loops = any(curve.modifiers for curve in actions.curves_of(action))
    return round(low), max(math.ceil(high) - (1 if loops else 0), round(low))


def set_clip(scene, block, first, last):
    """Store with a data-block from when to when it moves; timeline and levels of detail follow."""
    block[creatures.FRAMES] = [first, last]
    scene_timeline.sync(scene)
    for obj in creatures.creatures_in(scene):
        if obj.data.shape_keys == block:
            levels.follow(obj)
