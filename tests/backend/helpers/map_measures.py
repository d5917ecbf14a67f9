"""Measures of a map of space."""

import numpy as np
from zoetrope.bodies.maps.body_map import jacobians


def anisotropy(body_map, points):
    """Ratio (N,) of the largest to the smallest stretch of a map at points (N, 3); 1 is a similarity's."""
    stretch = np.linalg.svd(jacobians(body_map, points), compute_uv=False)
    return stretch[:, 0] / stretch[:, 2]
