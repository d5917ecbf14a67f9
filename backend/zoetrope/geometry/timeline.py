"""Model frames to timeline frames: (cyclic) cubic interpolation in time."""

import numpy as np
from scipy.interpolate import CubicSpline


def timeline_frames(cyclic: bool, duration: float, fps: float, frames: int | None) -> tuple[int, float]:
    """Length of a timeline and how much of the clip a frame advances.

    Parameters
    ----------
    cyclic : bool
    duration : float
        Seconds of the clip (of one cycle, for a loop).
    fps : float
        Timeline frames a second.
    frames : int or None
        Frames asked for; None: as many as the clip's own duration fills.

    Returns
    -------
    count : int
        Frames of the timeline, at least 2.
    clips : float
        How many times the clip is played in them. A loop plays a whole number of cycles, the number
        nearest to its own speed, so that the timeline closes; a one-way clip is played once.
    """
    count = max(2, round(duration * fps)) if frames is None else max(2, frames)
    return count, float(max(1, round(count / fps / duration))) if cyclic else 1.0


def interpolate_to_timeline(
    values: np.ndarray, cyclic: bool, duration: float, fps: float, frames: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Interpolate model frames (T0, ...) to timeline frames (T, ...).

    A loop's model frames cover one cycle, the last not repeating the first; so do its timeline frames.
    A one-way clip's first and last frames are kept exactly.

    Returns
    -------
    values : (T, ...) float
    seconds : (T,) float64
        Times of the frames on the timeline.
    """
    count, clips = timeline_frames(cyclic, duration, fps, frames)
    source = len(values)
    seconds = np.arange(count) / fps
    if source == 1:
        return np.repeat(values, count, axis=0), seconds
    flat = values.reshape(source, -1).astype(np.float64)
    if cyclic:
        at = np.arange(count) * (clips * source / count) % source
        spline = CubicSpline(np.arange(source + 1), np.concatenate([flat, flat[:1]]), bc_type="periodic")
    else:
        at = np.linspace(0, source - 1, count)
        spline = CubicSpline(np.arange(source), flat)
    return spline(at).reshape(count, *values.shape[1:]).astype(values.dtype), seconds
