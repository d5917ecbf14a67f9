"""Times of a clip's evenly spaced frames."""

import numpy as np


def frame_times(span: tuple[float, float], frames: int, cyclic: bool) -> np.ndarray:
    """Return the times (T,) in seconds of frames from a clip's first key to its last.

    A loop's last key repeats its first, so a loop's frames end one step before it.
    """
    first, last = span
    return first + np.arange(frames) * (last - first) / (frames if cyclic else max(frames - 1, 1))
