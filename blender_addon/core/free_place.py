"""The next free place along X."""

TRIES = 1000


def overlap(a, b):
    """Whether two boxes ((x, y, z) low, (x, y, z) high) share volume; touching is none."""
    return all(a[0][i] < b[1][i] and b[0][i] < a[1][i] for i in range(3))


def moved(box, shift):
    """A box moved along X."""
    (x0, *low), (x1, *high) = box
    return ((x0 + shift, *low), (x1 + shift, *high))


def free_shift(box, in_the_way, gap):
    """How far to move a box along +X until nothing is in its way.

    Parameters
    ----------
    box : ((x, y, z), (x, y, z))
        Lowest and highest corner at the wanted place.
    in_the_way : callable
        Takes a box, returns the boxes that it must not overlap.
    gap : float
        Distance to keep from what was in the way.

    Returns
    -------
    float
        Zero where the wanted place is free.
    """
    shift = 0.0
    for _ in range(TRIES):
        here = moved(box, shift)
        blocking = [other for other in in_the_way(here) if overlap(here, other)]
        if not blocking:
            break
        shift = max(other[1][0] for other in blocking) - box[0][0] + gap
    return shift
