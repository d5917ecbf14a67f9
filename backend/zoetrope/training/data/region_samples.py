"""Samples of a training creature's surface with their colour regions, for the colour field."""

import igl
import numpy as np

from zoetrope.geometry.field_samples import barycentric_points
from zoetrope.geometry.mesh_properties import face_normals_and_areas
from zoetrope.geometry.solid import Solid

SURFACE_OFFSET = 0.008
"""Box units. Deviation of the samples outward from the surface; the extracted surface lies within it."""
PROBE_OFFSET = 0.002
"""Box units. Distance from a face at which its outer side is tested."""


def sample_regions(
    solid: Solid,
    vertices: np.ndarray,
    faces: np.ndarray,
    face_region: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Sample the visible surface of a mesh, each region in proportion to the square root of its area.

    Sampled by area, regions below a hundredth of it, such as eyes, are hardly learned.

    Parameters
    ----------
    solid : Solid
        Of the mesh; faces inside it are not visible.
    vertices, faces : (V, 3) float, (F, 3) int
        Box coordinates.
    face_region : (F,) int

    Returns
    -------
    points : (N, 3) float64
        On the surface or a little outside.
    region : (N,) uint8
    """
    normals, areas = face_normals_and_areas(vertices, faces)
    centres = vertices[faces].mean(axis=1)
    sides = np.stack([solid.winding_number(centres + sign * PROBE_OFFSET * normals) for sign in (1.0, -1.0)])
    outward = np.where(sides[0] <= sides[1], 1.0, -1.0)
    visible = np.flatnonzero(sides.min(axis=0) < 0.5)
    areas, region = areas[visible], face_region[visible]
    probability = areas / np.sqrt(np.maximum(np.bincount(region, areas), 1e-12))[region]
    face = visible[rng.choice(len(visible), count, p=probability / probability.sum())]
    on_surface = barycentric_points(vertices, faces, face, rng.dirichlet((1.0, 1.0, 1.0), count))
    offset = np.abs(rng.normal(0, SURFACE_OFFSET, count))
    points = on_surface + (offset * outward[face])[:, None] * normals[face]
    _, nearest, _ = igl.point_mesh_squared_distance(points, vertices, faces[visible].astype(np.int64))
    return points, face_region[visible][nearest].astype(np.uint8)
