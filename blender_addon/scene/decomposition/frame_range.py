"""The frames of an animation that are read."""

from .. import actions

WHOLE = 1e-3
"""Distance from a whole frame within which a loop can be keyed frame by frame."""


def action_of(obj):
    """The Action that moves an object: of its shape keys, its modifiers and nodes, or itself; or None."""
    blocks = [obj.data.shape_keys, obj, obj.data]
    blocks += [m.object for m in obj.modifiers if m.type == "ARMATURE" and m.object is not None]
    return next((action for action in map(actions.active, filter(None, blocks)) if action is not None), None)


def of_animation(scene, obj):
    """First and last frame of what moves an object, and whether it loops.

    Those of its Action, else the scene's; without a loop's closing frame, where it begins again.
    """
    action = action_of(obj)
    if action is None:
        return scene.frame_start, scene.frame_end, False
    first, last = (round(frame) for frame in action.frame_range)
    whole = abs(action.frame_range[1] - last) < WHOLE
    loops = any(m.type == "CYCLES" for curve in actions.curves_of(action) for m in curve.modifiers)
    return (first, last - 1, True) if loops and whole and last > first + 1 else (first, last, False)
