"""The arrow that shows which way a mesh faces. numpy alone."""

import numpy as np

WIDTH, HEAD = 0.05, 0.3
"""Half the shaft's width, and the length of the head, as shares of the arrow's length."""
BEYOND = 0.35
"""How far the arrow reaches out of the mesh's box, as a share of its longer side."""


def reach(low, high):
    """Length of the arrow from the middle of a box with the corners `low` and `high` (3,)."""
    return (0.5 + BEYOND) * max(float((high - low)[:2].max()), 1e-6)


def arrow_triangles(low, high, direction):
    """Corners (9, 3) of three triangles that lie on the ground below a box, pointing out of it.

    Parameters
    ----------
    low, high : (3,) float
        Corners of the mesh's box in world space.
    direction : float
        Radians as in `guess.direction_of`: 0 is -Y, a quarter +X.
    """
    middle = (low + high) / 2.0
    forward = np.array([np.sin(direction), -np.cos(direction), 0.0])
    side = np.array([forward[1], -forward[0], 0.0])
    length = reach(low, high)
    start = np.array([middle[0], middle[1], low[2]])
    tip, neck = start + length * forward, start + (1.0 - HEAD) * length * forward
    width = WIDTH * length * side
    a, b, c, d = start - width, start + width, neck + width, neck - width
    return np.array([a, b, c, a, c, d, neck - 3.0 * width, neck + 3.0 * width, tip])
