"""From the full surface of a field to a mesh of about so many faces, its vertices on the field's surface.

Quadric decimation, edge flips, tangential relaxation, projection. What an artist would miss is counted before
and after: parts, holes and thin regions. Where something is lost, the budget is raised, if that loses less.
"""

import logging
from dataclasses import dataclass

import numpy as np

from zoetrope.assets.decimation import decimate
from zoetrope.assets.edge_flips import flip_edges
from zoetrope.assets.features import PartCount, euler_characteristic, lost_regions, thin_regions
from zoetrope.assets.relaxation import DistanceWithGradient, mean_edge_lengths, project, relax, unfold
from zoetrope.geometry.mesh_properties import MeshArrays, face_components

log = logging.getLogger(__name__)

BUDGET_GROWTH = 1.6
"""Factor of the budget after a part was lost."""
MAX_RAISES = 4
"""Raises of the budget at most: to 6.6 times the requested one."""
ROUNDS = 2
"""Rounds of relaxation and projection."""
MAX_MOVE = 0.35
"""Share of a vertex's mean edge length that a projection may move it. What is further off lies where the
surface is cut off, at the wall of the box, and stays."""


@dataclass(frozen=True)
class LowPoly:
    """A mesh of about a budget of faces.

    Parameters
    ----------
    vertices : (V, 3) float32
        In the field's coordinates.
    faces : (F, 3) int32
        Counter-clockwise seen from outside.
    budget : int
        Faces that were aimed at: the requested number, or more where more would have been lost.
    before, after : PartCount
        Of the full surface and of the mesh.
    """

    vertices: np.ndarray
    faces: np.ndarray
    budget: int
    before: PartCount
    after: PartCount

    @property
    def losses(self) -> tuple[int, int, int]:
        """Differences in parts, Euler characteristic and thin regions; compares as smaller for the better."""
        before, after = self.before, self.after
        return abs(before.parts - after.parts), abs(before.euler - after.euler), before.thin - after.thin


def make_low_poly(
    vertices: np.ndarray, faces: np.ndarray, max_faces: int, distance: DistanceWithGradient
) -> LowPoly:
    """Return a mesh of about `max_faces` faces; the full surface where it has no more than that.

    Parameters
    ----------
    vertices, faces : (V, 3) float, (F, 3) int
        The full surface, closed and manifold, wound outward.
    max_faces : int
    distance : callable
        Points (N, 3) -> signed distance (N,) and its gradient (N, 3), of the field that the surface is of.
    """
    regions = thin_regions(vertices, faces)
    before = PartCount(
        int(face_components(faces, len(vertices)).max()) + 1,
        euler_characteristic(faces),
        int(regions.max()) + 1,
    )
    budget, attempts = max_faces, []
    for _ in range(MAX_RAISES + 1):
        if len(faces) <= budget:
            attempts.append(
                LowPoly(vertices.astype(np.float32), faces.astype(np.int32), budget, before, before)
            )
            break
        points, left = decimate(vertices, faces, budget)
        points, left = _even(points, left, distance)
        after = PartCount(
            int(face_components(left, len(points)).max()) + 1,
            euler_characteristic(left),
            before.thin - lost_regions(vertices, regions, points, left),
        )
        attempts.append(LowPoly(points.astype(np.float32), left.astype(np.int32), budget, before, after))
        if after == before:
            break
        log.info("At %d faces %s of %s is left", budget, after, before)
        budget = int(budget * BUDGET_GROWTH)
    return min(attempts, key=lambda made: (made.losses, len(made.faces)))


def _even(points: np.ndarray, faces: np.ndarray, distance: DistanceWithGradient) -> MeshArrays:
    """Make triangles even and put vertices onto the field's surface."""
    for _ in range(ROUNDS):
        faces = flip_edges(points, faces)
        lengths = mean_edge_lengths(points, faces)
        points = relax(points, faces, lengths)
        points, gradients = project(distance, points, MAX_MOVE * lengths)
        points = unfold(points, faces, gradients)
    return points, flip_edges(points, faces)
