"""Signed distance to the outer surface of a solid."""

import igl
import numpy as np

from zoetrope.geometry.repair import Solid
from zoetrope.geometry.thickness import ThinFaces


def signed_distance(
    solid: Solid, points: np.ndarray, thin: ThinFaces | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Distance of points (N, 3) to the outer surface, negative inside; and where the sign is decided.

    The sign is the winding number's; a point counts as undecided where that is near one half away from the
    surface, which happens beside holes and paper-thin sheets. Where thin faces are given, their padding
    belongs to the body (and decides): the smaller of the two distances, exact outside and on the surface.

    Returns
    -------
    distance : (N,) float64
    decided : (N,) bool
    """
    squared, _, _ = igl.point_mesh_squared_distance(points, solid.vertices, solid.outer)
    unsigned = np.sqrt(squared)
    winding = solid.winding(points)
    decided = (np.abs(winding - 0.5) > 0.1) | (unsigned < 0.004)
    distance = np.where(winding > 0.5, -unsigned, unsigned)
    if thin is None:
        return distance, decided
    padded = thin.distance(points)
    return np.minimum(distance, padded), decided | (padded < 0.004)
