"""Cubic interpolation in time from the model's frames to the frames of a timeline."""

import numpy as np
from scipy.interpolate import CubicSpline

SAME_FRAME = 1e-5
"""Largest distance of a vertex between two frames that are the same, share of the longest side."""


def timeline_length(cyclic: bool, duration: float, fps: float, frames: int | None) -> tuple[int, float]:
    """Return the number of timeline frames and how many times the clip is played in them.

    Parameters
    ----------
    cyclic : bool
    duration : float
        Seconds of the clip (of one cycle, for a loop).
    fps : float
        Timeline frames a second.
    frames : int or None
        Requested frames; None: as many as the clip's duration fills.

    Returns
    -------
    count : int
        Frames of the timeline, at least 2.
    repeats : float
        A loop plays a whole number of cycles, the nearest to its original speed, so that the timeline
        closes; a one-way clip is played once.
    """
    count = max(2, round(duration * fps)) if frames is None else max(2, frames)
    return count, float(max(1, round(count / fps / duration))) if cyclic else 1.0


def interpolate_to_timeline(
    values: np.ndarray, cyclic: bool, duration: float, fps: float, frames: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Interpolate model frames (T0, ...) to timeline frames (T, ...) by (periodic) cubic splines.

    In a loop the last frame does not repeat the first, neither in the model's frames nor on the timeline.
    The first and last frames of a one-way clip are kept exactly.

    Parameters
    ----------
    values : (T0, ...) float
    cyclic, duration, fps, frames
        See `timeline_length`.

    Returns
    -------
    values : (T, ...) float
    seconds : (T,) float64
        Time of each timeline frame.
    """
    count, repeats = timeline_length(cyclic, duration, fps, frames)
    model_frames = len(values)
    seconds = np.arange(count) / fps
    if model_frames == 1:
        return np.repeat(values, count, axis=0), seconds
    flat = values.reshape(model_frames, -1).astype(np.float64)
    if cyclic:
        position = np.arange(count) * (repeats * model_frames / count) % model_frames
        spline = CubicSpline(
            np.arange(model_frames + 1), np.concatenate([flat, flat[:1]]), bc_type="periodic"
        )
    else:
        position = np.linspace(0, model_frames - 1, count)
        spline = CubicSpline(np.arange(model_frames), flat)
    return spline(position).reshape(count, *values.shape[1:]).astype(values.dtype), seconds


def cycle_length(vertices: np.ndarray) -> int:
    """Return the frames of the shortest cycle that a loop (T, V, 3) repeats exactly; T where nothing repeats.

    A loop that fills a long timeline holds all its cycles.
    """
    count = len(vertices)
    limit = SAME_FRAME * float(np.ptp(vertices[0], axis=0).max())
    for period in range(2, count // 2 + 1):
        if count % period == 0 and np.abs(vertices[period] - vertices[0]).max() <= limit:
            repeated = vertices.reshape(-1, period, *vertices.shape[1:])
            if np.abs(repeated - repeated[:1]).max() <= limit:
                return period
    return count
