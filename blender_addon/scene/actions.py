"""Actions and their F-curves. Only this file knows of slotted Actions (Blender 4.4 and later)."""

import bpy
import numpy as np

STRIP = (
    "scale",
    "repeat",
    "blend_type",
    "extrapolation",
    "blend_in",
    "blend_out",
    "use_auto_blend",
    "use_reverse",
    "mute",
)
"""Properties of an NLA strip that one in its place gets."""


class Curves:
    """The F-curves of one data-block in an Action.

    Parameters
    ----------
    bag : Action or ActionChannelbag
        What has the F-curves and their groups.
    """

    def __init__(self, bag):
        self._bag = bag

    def new(self, path, index=0, group=""):
        """A new F-curve; group: name of the channels' group, or empty."""
        curve = self._bag.fcurves.new(path, index=index)
        if group:
            curve.group = self._bag.groups.get(group) or self._bag.groups.new(group)
        return curve

    def __len__(self):
        return len(self._bag.fcurves)

    def truncate(self, count):
        """Remove all F-curves but the first `count`."""
        for curve in list(self._bag.fcurves)[count:]:
            self._bag.fcurves.remove(curve)


def new_action(datablock, name, assigned=True):
    """A new Action for a data-block; returns it and its `Curves`. assigned: it becomes the active one."""
    data = datablock.animation_data_create()
    action = bpy.data.actions.new(name)
    if not hasattr(action, "slots"):  # Blender 4.2 and 4.3
        action.id_root = datablock.id_type
        if assigned:
            data.action = action
        return action, Curves(action)
    slot = action.slots.new(id_type=datablock.id_type, name=datablock.name)
    strip = action.layers.new("Layer").strips.new(type="KEYFRAME")
    curves = Curves(strip.channelbag(slot, ensure=True))
    if assigned:
        assign(datablock, action)
    return action, curves


def assign(datablock, action, slot=None):
    """Make an Action the active one of a data-block; None: no Action.

    slot: what `active_slot` returned; None: the first slot that fits.
    """
    data = datablock.animation_data_create()
    data.action = action
    if action is not None and hasattr(action, "slots"):
        # Without a slot an Action animates nothing.
        data.action_slot = slot if slot is not None else _slot_for(action, datablock)


def active_slot(datablock):
    """The slot of the active Action that a data-block uses; None without, and where there are no slots."""
    data = getattr(datablock, "animation_data", None)
    return getattr(data, "action_slot", None)


def let_play(datablock, name):
    """Let the active Action of a data-block alone move it; returns sentences about what was changed.

    name: what the artist knows it by.
    """
    data = datablock.animation_data_create()
    notes = []
    for track in [track for track in data.nla_tracks if track.is_solo]:
        track.is_solo = False
        notes.append(f"The NLA track {track.name} of {name} is no longer solo, for it alone would play.")
    if data.action_influence != 1.0 or data.action_blend_type != "REPLACE":
        data.action_influence, data.action_blend_type = 1.0, "REPLACE"
        notes.append(f"The active Action of {name} is no longer blended with its NLA tracks.")
    return notes


def leave_tweak_mode(datablock):
    """Leave Tweak Mode of the NLA, in which no other Action can be assigned; returns whether it was on."""
    data = getattr(datablock, "animation_data", None)
    if data is None or not data.use_tweak_mode:
        return False
    data.use_tweak_mode = False
    return True


def add_strip(datablock, action, start, muted, track=None):
    """An Action as a strip at a frame; returns its NLA track.

    track: where the strip is added if there is room behind the others; None: a new track, as without room.
    """
    if track is not None and any(strip.frame_end > round(start) for strip in track.strips):
        track = None
    if track is None:
        track = datablock.animation_data_create().nla_tracks.new()
        track.name, track.mute = action.name, muted
    strip = track.strips.new(action.name, round(start), action)
    if hasattr(action, "slots"):
        strip.action_slot = _slot_for(action, datablock)
    return track


def stash(datablock, action):
    """Keep an Action as a muted NLA track, as *Stash* does, unless one of the tracks has it."""
    tracks = datablock.animation_data.nla_tracks
    if not any(strip.action == action for track in tracks for strip in track.strips):
        add_strip(datablock, action, action.frame_range[0], muted=True)


def active(datablock):
    """The active Action of a data-block, or None."""
    data = getattr(datablock, "animation_data", None)
    return None if data is None else data.action


def all_of(datablock):
    """The active Action of a data-block and those of its NLA tracks, each once, the active one first."""
    data = getattr(datablock, "animation_data", None)
    if data is None:
        return []
    found = [data.action, *(strip.action for track in data.nla_tracks for strip in track.strips)]
    return list(dict.fromkeys(action for action in found if action is not None))


def playing_strips(datablock):
    """The NLA strips of a data-block that play: not muted, and on the solo track where there is one."""
    data = getattr(datablock, "animation_data", None)
    if data is None or not data.use_nla:
        return []
    solo = [track for track in data.nla_tracks if track.is_solo]
    tracks = solo or [track for track in data.nla_tracks if not track.mute]
    return [strip for track in tracks for strip in track.strips if not strip.mute]


def curves_in(action, datablock):
    """The `Curves` of an Action that was made for a data-block by `new_action`, to add more."""
    if not hasattr(action, "slots"):
        return Curves(action)
    slot = _slot_for(action, datablock)
    return Curves(action.layers[0].strips[0].channelbag(slot, ensure=True))


def curves_of(action, datablock=None):
    """F-curves of an Action; those of one data-block's slot where one is given."""
    if not hasattr(action, "slots"):
        return list(action.fcurves)
    slot = None if datablock is None else _slot_for(action, datablock)
    return [
        curve
        for layer in action.layers
        for strip in layer.strips
        for bag in strip.channelbags
        if slot is None or bag.slot_handle == slot.handle
        for curve in bag.fcurves
    ]


def _slot_for(action, datablock):
    kind = datablock.id_type
    return next((slot for slot in action.slots if slot.target_id_type in (kind, "UNSPECIFIED")), None)


def add_curve(curves, path, frames, values, cyclic, index=0, group=""):
    """Add one linear F-curve; returns it.

    Parameters
    ----------
    curves : Curves
    path : str
        Data path of the animated property.
    frames, values : (K,) float
    cyclic : bool
        Repeat it for ever; the last keyframe then has the first one's value.
    index : int
        Of an array property's element.
    group : str
        Name of the channels' group, or empty.
    """
    curve = curves.new(path, index, group)
    curve.keyframe_points.add(len(frames))
    points = np.stack([frames, values], axis=1).astype(np.float32)
    curve.keyframe_points.foreach_set("co", points.ravel())
    curve.keyframe_points.foreach_set("interpolation", np.ones(len(frames), dtype=np.uint8))  # LINEAR
    curve.update()
    if cyclic:
        curve.modifiers.new("CYCLES")
    return curve
