"""How far a body is from its own mirror image: neutral poses are symmetric, a stride is not."""

import numpy as np

from zoetrope.geometry.nearest_points import nearest

MID_ACTION = 0.02
"""Box units. Bodies that are further from their mirror image rest in the middle of a movement. Of labelled
creatures one in fifteen is so at rest (it carries something), nine of ten in the middle of a run and three of
four in that of a walk."""


def mirror_distance(points: np.ndarray) -> float:
    """Return the mean distance of points (P, 3) on a body that faces -Y from its mirror image (x -> -x)."""
    return float(nearest(points, points * [-1.0, 1.0, 1.0])[0].mean())
