"""The arrow that shows which way a mesh faces. numpy alone."""

import numpy as np

WIDTH, HEAD = 0.05, 0.3
"""Half the shaft's width, and the length of the head, as shares of the arrow's length."""
BEYOND = 0.35
"""How far the arrow reaches out of the mesh's box, as a share of the box's longer side."""


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
    size = (high - low)[:2]
    # From the middle to the box's edge in this direction, and on.
    inside = 0.5 * float(np.abs(forward[:2]) @ size)
    length = inside + BEYOND * max(float(size.max()), 1e-6)
    start = np.array([middle[0], middle[1], low[2]])
    tip, neck = start + length * forward, start + (1.0 - HEAD) * length * forward
    width = WIDTH * length * side
    a, b, c, d = start - width, start + width, neck + width, neck - width
    return np.array([a, b, c, a, c, d, neck - 3.0 * width, neck + 3.0 * width, tip])
