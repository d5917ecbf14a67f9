"""Whether a body would stand: its centre of mass lies over what it stands on."""

import numpy as np
import trimesh
from scipy.spatial import ConvexHull, QhullError

from zoetrope.geometry.legs import GROUND_BAND

ON_LEGS = ("biped", "dinosaur", "quadruped")
"""Categories that stand on legs; blobs lie, fish and what is winged may float."""


def overhang(rest: np.ndarray, faces: np.ndarray, band: float = GROUND_BAND) -> float:
    """How far the centre of mass lies outside the polygon of support; below 0 inside it, in diagonals.

    The polygon is the convex hull, seen from above, of what lies in the ground band. A body of uniform
    density falls over where the value is above 0.

    Parameters
    ----------
    rest : (V, 3) float
        A closed surface, z up; the ground is the lowest vertex.
    faces : (F, 3) int
        Wound outward.
    band : float
        Share of the height.
    """
    low, high = rest.min(axis=0), rest.max(axis=0)
    centre = trimesh.Trimesh(rest, faces, process=False).center_mass[:2]
    ground = rest[rest[:, 2] <= low[2] + band * (high[2] - low[2]), :2]
    try:
        sides = ConvexHull(ground).equations  # normal, offset: negative inside
    except QhullError:  # all on one line or fewer than three: it stands on a point or an edge
        distance = float(np.linalg.norm(ground - centre, axis=1).min())
    else:
        distance = float((sides[:, :2] @ centre + sides[:, 2]).max())
    return distance / float(np.linalg.norm(high - low))
