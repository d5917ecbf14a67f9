"""Signed distance to the outer surface of a solid, and the thickening of parts too thin for the grid.

Sheets have no interior, and a wing thinner than a grid cell can fall between the grid's points: neither can
be extracted from a distance field. The distance near such faces is therefore reduced until the body is as
thick there as a little more than a cell.
"""

from dataclasses import dataclass

import igl
import numpy as np
import trimesh

from zoetrope.geometry.mesh_properties import face_normals_and_areas
from zoetrope.geometry.solid import Solid

MIN_THICKNESS = 0.026
"""Box units: a little more than a cell at detail 96 (1/48), at which bodies are checked."""
MAX_PROBED_EDGE = 0.05
"""Box units. Faces with longer edges are subdivided before their thickness is probed."""
PROBE_OFFSET = 0.002
"""Box units. Depth of the first probe below a face."""
PROBE_COUNT = 11
UNDECIDED_WINDING = 0.1
"""The sign is undecided where the winding number is this close to one half."""
SURFACE_TOLERANCE = 0.004
"""Box units. Points this close to the surface count as decided."""


@dataclass(frozen=True)
class ThinFaces:
    """Faces of an outer surface under which the body is too thin.

    Parameters
    ----------
    vertices : (V, 3) float64
    faces : (F, 3) int64
    padding : (F,) float64
        Half of what each face lacks to the required thickness, box units.
    """

    vertices: np.ndarray
    faces: np.ndarray
    padding: np.ndarray

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Return the signed distance (N,) of points (N, 3) to the padded faces; infinite without any."""
        if not len(self.faces):
            return np.full(len(points), np.inf)
        squared, nearest, _ = igl.point_mesh_squared_distance(points, self.vertices, self.faces)
        return np.asarray(np.sqrt(squared) - self.padding[nearest])


def find_thin_faces(solid: Solid, min_thickness: float = MIN_THICKNESS) -> ThinFaces:
    """Find the faces of a solid's outer surface under which it is thinner than `min_thickness`."""
    subdivided = trimesh.remesh.subdivide_to_size(solid.vertices, solid.outer, MAX_PROBED_EDGE)
    vertices, faces = np.asarray(subdivided[0], np.float64), np.asarray(subdivided[1], np.int64)
    thickness = thickness_under_faces(solid, vertices, faces, min_thickness)
    thin = thickness < 0.99 * min_thickness
    return ThinFaces(vertices, faces[thin], 0.5 * (min_thickness - thickness[thin]))


def thickness_under_faces(
    solid: Solid, vertices: np.ndarray, faces: np.ndarray, min_thickness: float
) -> np.ndarray:
    """Thickness of the body under each face's centre (F,): 0 for a sheet, at most `min_thickness`."""
    normals, _ = face_normals_and_areas(vertices, faces)
    centres = vertices[faces].mean(axis=1)
    inward = solid.winding_number(centres + PROBE_OFFSET * normals) > 0.5
    normals = np.where(inward[:, None], -normals, normals)
    depths = np.linspace(PROBE_OFFSET, min_thickness, PROBE_COUNT)
    probes = centres - depths[:, None, None] * normals
    inside = solid.winding_number(probes.reshape(-1, 3)).reshape(PROBE_COUNT, -1) > 0.5
    probes_inside = np.logical_and.accumulate(inside, axis=0).sum(axis=0)
    return np.concatenate([[0.0], depths])[probes_inside]


def signed_distance(
    solid: Solid, points: np.ndarray, thin: ThinFaces | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the signed distance of points to the outer surface, and whether its sign is decided.

    The sign comes from the generalised winding number. It is undecided beside holes and paper-thin sheets,
    where the winding number is near one half away from the surface.

    Parameters
    ----------
    solid : Solid
    points : (N, 3) float64
        Box coordinates.
    thin : ThinFaces, optional
        Their padding becomes part of the body: the result is the smaller of the two distances.

    Returns
    -------
    distance : (N,) float64
        Negative inside.
    decided : (N,) bool
    """
    squared, _, _ = igl.point_mesh_squared_distance(points, solid.vertices, solid.outer)
    unsigned = np.sqrt(squared)
    winding = solid.winding_number(points)
    decided = (np.abs(winding - 0.5) > UNDECIDED_WINDING) | (unsigned < SURFACE_TOLERANCE)
    distance = np.where(winding > 0.5, -unsigned, unsigned)
    if thin is None:
        return distance, decided
    padded = thin.distance(points)
    return np.minimum(distance, padded), decided | (padded < SURFACE_TOLERANCE)
