"""Shape keys of levels of detail are moved by the Actions that move their creature's."""

from .. import actions
from . import found

RANGE = ("action_frame_start", "action_frame_end")
"""Properties of a strip that go before `actions.STRIP`: what it has of its Action."""

_followed = {}
"""`session_uid` of a level's `Key` -> the `_state` that it was given."""


def follow(obj):
    """Let the levels of a creature's mesh object play its Action and NLA tracks; cheap where they do.

    What the artist gives a level itself stays until something else moves the creature.
    """
    source = obj.data.shape_keys if found.CREATURE in obj.data else None
    if source is None or source.animation_data is None:
        return
    state = _state(source)
    for level in found.of(obj):
        keys = level.data.shape_keys
        if keys is None or not keys.is_editable or _followed.get(keys.session_uid) == state:
            continue
        if _state(keys) != state:
            _copy(source, keys)
        _followed[keys.session_uid] = state


def forget():
    """What levels were given is compared anew: after undo they may have something else."""
    _followed.clear()


def _state(block):
    """What moves a data-block, as numbers and texts that can be compared."""
    data = block.animation_data
    if data is None:
        return None
    tracks = [
        (track.mute, track.is_solo, [_strip_state(strip) for strip in track.strips])
        for track in data.nla_tracks
    ]
    return _uid(data.action), data.use_nla, data.action_influence, data.action_blend_type, tracks


def _strip_state(strip):
    values = (getattr(strip, name) for name in ("influence", "frame_start", *RANGE, *actions.STRIP))
    return _uid(strip.action), *values


def _uid(action):
    return None if action is None else action.session_uid


def _copy(source, target):
    data, own = source.animation_data, target.animation_data_create()
    actions.leave_tweak_mode(target)
    for track in list(own.nla_tracks):
        own.nla_tracks.remove(track)
    actions.assign(target, data.action)
    own.use_nla, own.action_influence = data.use_nla, data.action_influence
    own.action_blend_type = data.action_blend_type
    for track in data.nla_tracks:
        made = None
        for strip in track.strips:
            if strip.action is None:  # a transition between two others
                continue
            made = actions.add_strip(target, strip.action, strip.frame_start, muted=track.mute, track=made)
            new = made.strips[-1]
            for name in (*RANGE, *actions.STRIP):
                setattr(new, name, getattr(strip, name))
            if not strip.use_animated_influence:
                new.influence = strip.influence
        if made is not None and track.is_solo:
            made.is_solo = True
