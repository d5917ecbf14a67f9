"""The Actions that we made: which they are, the order in which they were made, and their NLA tracks."""

import bpy

from . import actions
from .creatures import PROPERTY


def mark(action):
    """Mark a new Action as ours: its custom property counts all that were made before it in the file."""
    made = (int(other[PROPERTY]) for other in bpy.data.actions if PROPERTY in other)
    action[PROPERTY] = 1 + max(made, default=0)


def of(block):
    """A data-block's Actions that we made, in the order in which they were made: that of the ticked list.

    Those of older versions, which are not counted, come by name.
    """
    found = [action for action in actions.all_of(block) if PROPERTY in action]
    return sorted(found, key=lambda action: (int(action[PROPERTY]), action.name))


def tracks(block):
    """NLA tracks of a data-block that hold nothing but Actions of ours."""
    data = getattr(block, "animation_data", None)
    return [] if data is None else [track for track in data.nla_tracks if _is_ours(track)]


def mute(block):
    """Mute these tracks: another Action is to move the data-block alone."""
    for track in tracks(block):
        track.mute = True


def discard(block, names):
    """Remove Actions of ours with these names, and their tracks, where a new one of the same title took over.

    A new one then gets its title back as its name. What is used elsewhere, or has a fake user, is kept.

    Parameters
    ----------
    block : ID
    names : dict
        Earlier Action -> the new one in its place.
    """
    for track in tracks(block):
        if all(strip.action in names for strip in track.strips):
            block.animation_data.nla_tracks.remove(track)
    for old, new in names.items():
        title = old.name
        if old.users == 0:
            bpy.data.actions.remove(old)
            new.name = title
            for track in tracks(block):
                if [strip.action for strip in track.strips] == [new]:
                    track.name = track.strips[0].name = title


def _is_ours(track):
    return len(track.strips) > 0 and all(s.action is not None and PROPERTY in s.action for s in track.strips)
