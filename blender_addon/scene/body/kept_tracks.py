"""Which Action of a creature plays, and its NLA tracks, for the creature that takes its place."""

import math

from .. import actions, our_actions
from ..rig import playable_actions


class KeptTracks:
    """The Actions and tracks of what moves a creature, read before it is removed.

    Parameters
    ----------
    obj : Object
        The creature's mesh.
    """

    def __init__(self, obj):
        block = playable_actions.of(obj)
        made = [] if block is None else our_actions.of(block)
        self._count = len(made)
        if made:
            self._active = _index(made, actions.active(block))
            self._tracks = [
                ({n: getattr(track, n) for n in ("mute", "lock", "is_solo")}, _strips(track, made))
                for track in our_actions.tracks(block)
            ]

    def give(self, scene, obj):
        """Give a new creature with as many Actions the same tracks, and let the same one play."""
        block = playable_actions.of(obj)
        made = [] if block is None else our_actions.of(block)
        if not made or len(made) != self._count:
            return
        tracks = block.animation_data.nla_tracks
        for track in our_actions.tracks(block):
            tracks.remove(track)
        actions.assign(block, None if self._active is None else made[self._active])
        for settings, strips in self._tracks:
            _add_track(block, settings, strips, made)
        held = {strip.action for track in tracks for strip in track.strips} | {actions.active(block)}
        for action in made:
            if action not in held:
                actions.stash(block, action)
        _set_clip(scene, block)


def _index(made, action):
    return made.index(action) if action in made else None


def _strips(track, made):
    found = []
    for strip in track.strips:
        values = {name: getattr(strip, name) for name in actions.STRIP}
        if not strip.use_animated_influence:
            values["influence"] = strip.influence
        found.append((_index(made, strip.action), strip.frame_start, values))
    return found


def _add_track(block, settings, strips, made):
    track = None
    for index, start, values in strips:
        added = actions.add_strip(block, made[index], start, muted=settings["mute"], track=track)
        track = added if track is None else track
        strip = added.strips[-1]
        for name, value in values.items():
            setattr(strip, name, value)
    if track is not None:
        track.lock = settings["lock"]
        if settings["is_solo"]:
            track.is_solo = True


def _set_clip(scene, block):
    """Let the timeline follow what plays now."""
    playing = actions.playing_strips(block)
    if actions.active(block) is not None:
        playable_actions.set_clip(scene, block, *playable_actions.range_of(actions.active(block)))
    elif playing:
        first, last = min(s.frame_start for s in playing), max(s.frame_end for s in playing)
        playable_actions.set_clip(scene, block, math.floor(first), math.ceil(last))
