"""Noticing meshes that lie on their side, on their back, or stand on end."""

from collections.abc import Sequence

import numpy as np
from scipy.spatial.transform import Rotation

from zoetrope.bodies.registration import COARSE, register
from zoetrope.bodies.surface_distance import Candidate, surface_distances
from zoetrope.bodies.target import TargetMesh, turn
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.normalisation import normalising_box

ROTATIONS = (("y", 90.0), ("y", -90.0), ("y", 180.0), ("x", 90.0), ("x", -90.0))
"""What would put the mesh upright again: axis and degrees."""
HEADINGS = np.array([0.0, 90.0, 180.0, 270.0])
UPRIGHT_COST = 0.09
"""Meshes that fit a donor as well as this stand right; none of 28 meshes that lie wrong does."""
DISTANCE_RATIO = 0.9
"""A rotated mesh is registered where its surface is nearer to a donor by this factor."""
COST_RATIO = 0.8
"""It is wrong where its registration then costs less by this factor."""


def check_upright(target: TargetMesh, donors: Sequence[Candidate], distance: float, cost: float) -> None:
    """Refuse a mesh that fits the donors much better when it is put on its feet.

    Parameters
    ----------
    target : TargetMesh
    donors : sequence of Candidate
    distance, cost : float
        Of the best match as the mesh stands.

    Raises
    ------
    ZoetropeError
        Code "bad_mesh".
    """
    if cost < UPRIGHT_COST:
        return
    for axis, degrees in ROTATIONS:
        turned = target.proxy_vertices @ Rotation.from_euler(axis, degrees, degrees=True).as_matrix().T
        distances = surface_distances(turned, target.proxy_faces, donors, HEADINGS)
        if distances.min() > DISTANCE_RATIO * distance:
            continue
        heading, index = divmod(int(distances.argmin()), len(donors))
        placed = turned @ turn(HEADINGS[heading]).T
        placed = normalising_box(placed).to_box(placed)
        donor = donors[index]
        fit = register((placed, target.proxy_faces), (donor.vertices, donor.faces), COARSE)
        if fit.cost < COST_RATIO * cost:
            raise ZoetropeError(
                "The mesh does not seem to stand upright.",
                code="bad_mesh",
                remedy="Rotate it so that its feet are down (Z up); or give its facing, which is trusted.",
            )
