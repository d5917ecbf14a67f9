"""Arithmetic of the timeline: rates, the scene's range, and the keyframes of shape keys."""

import math

from .errors import GenerationError

SAME = 1e-4
"""Rates and steps that differ by less are equal."""
MAX_FRAME = 1_048_574
"""Blender's last frame: it moves keys that come later."""


def render_rate(fps):
    """Blender's pair (fps, fps_base) for a rate in frames per second."""
    whole = max(1, round(fps))
    return whole, whole / fps


def same_rate(a, b):
    """Whether two rates in frames per second are the same."""
    return abs(a - b) <= SAME


def frame_step(scene_fps, fps):
    """Scene frames from one frame of a clip to the next, so that it plays at its own speed."""
    step = scene_fps / fps
    return 1.0 if abs(step - 1.0) < SAME else step


def clip_end(start, count, step):
    """Last scene frame of a clip of `count` frames; the frame after it is a loop's first again.

    GenerationError where that one is after Blender's last frame.
    """
    if start + count * step > MAX_FRAME:
        text = f"A clip from frame {start:,} on would end after Blender's last frame, {MAX_FRAME:,}."
        raise GenerationError("bad_option", text, "Set an earlier Start of the scene's range.")
    return start + max(1, math.ceil(count * step)) - 1


def scene_end(ends, before, alone):
    """The scene's last frame with clips in it.

    ends: last frame of each clip; before: the artist's own; alone: nothing else moves in the scene, so
    that a loop loops; beside other animation the range only grows.
    """
    return max(ends) if alone else max(before, *ends)


def shape_key_curves(count, start, step, cyclic):
    """Keyframes of the value curves that show one shape key after the other.

    Key i has the value 1 at frame start + i * step, 0 at its neighbours', and is linear in between.

    Parameters
    ----------
    count : int
        Number of shape keys, one for each frame of the clip.
    start, step : float
        Frame of the first key and frames between two keys.
    cyclic : bool
        Whether the last key leads to the first again at frame start + count * step; needs two keys or more.

    Returns
    -------
    list of (frames, values)
        One pair of lists of equal length for each shape key, frames rising.
    """
    end = count if cyclic else count - 1
    curves = []
    for i in range(count):
        values = {0: float(i == 0), end: float(i == end % count)}
        around = ((i - 1, 0.0), (i, 1.0), (i + 1, 0.0))
        values |= {position: value for position, value in around if 0 <= position <= end}
        if cyclic and i == 0:
            values |= {count - 1: 0.0, count: 1.0}
        positions = sorted(values)
        curves.append(([start + p * step for p in positions], [values[p] for p in positions]))
    return curves
