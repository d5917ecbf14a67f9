"""Signed distance to the outer surface of a solid."""

import igl
import numpy as np

from zoetrope.geometry.repair import Solid


def signed_distance(solid: Solid, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance of points (N, 3) to the outer surface, negative inside; and where the sign is decided.

    The sign is the winding number's; a point counts as undecided where that is near one half away from the
    surface, which happens beside holes and paper-thin sheets.

    Returns
    -------
    distance : (N,) float64
    decided : (N,) bool
    """
    squared, _, _ = igl.point_mesh_squared_distance(points, solid.vertices, solid.outer)
    unsigned = np.sqrt(squared)
    winding = solid.winding(points)
    decided = (np.abs(winding - 0.5) > 0.1) | (unsigned < 0.004)
    return np.where(winding > 0.5, -unsigned, unsigned), decided
