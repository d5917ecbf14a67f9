"""The next free place along X."""

import numpy as np

FAR = 100.0
"""A free place that is farther away than so many times the longest side of the box is not taken."""
TRIES = 200
"""Places at which it is asked what lies in the way of them alone."""


def overlap(a, b):
    """Whether two boxes (2, 3), lowest and highest corner, share volume; touching is none.

    b may be many, (N, 2, 3): then (N,) bool.
    """
    a, b = np.asarray(a), np.asarray(b)
    return ((a[0] < b[..., 1, :]) & (b[..., 0, :] < a[1])).all(axis=-1)


def free_shift(box, others, gap, blocks=None):
    """How far to move a box along +X until nothing is in its way.

    Parameters
    ----------
    box : (2, 3) float
        Lowest and highest corner at the requested place.
    others : (N, 2, 3) float
        Boxes that it must not overlap.
    gap : float
        Distance to keep from what was in the way.
    blocks : callable or None
        Takes a free box (2, 3), returns the highest x of what is in its way for another reason, or None.

    Returns
    -------
    float
        Zero where the requested place is free, and where the next free one is too far away.
    """
    box, others = np.asarray(box, np.float64), np.asarray(others, np.float64).reshape(-1, 2, 3)
    lane = box.copy()
    lane[1, 0] = np.inf
    others = others[overlap(lane, others)]
    ends = others[np.argsort(others[:, 0, 0]), :, 0]  # of the boxes that are passed, lowest and highest x
    limit = FAR * (box[1] - box[0]).max()
    shift, first = 0.0, 0
    for _ in range(TRIES):
        shift, first = _passed(box[:, 0], ends, gap, shift, first)
        beyond = None if blocks is None else blocks(box + np.array([shift, 0.0, 0.0]))
        if shift > limit or beyond is None:
            return shift if shift <= limit else 0.0
        shift = beyond - box[0, 0] + gap
    return 0.0


def _passed(ends, others, gap, shift, first):
    """Shift past intervals (N, 2) that are sorted by their begin, from the one with number `first` on."""
    low, high = ends.tolist()
    for begin, end in others[first:].tolist():
        if begin >= high + shift:
            break
        first += 1
        if end > low + shift:
            shift = end - low + gap
    return shift, first
