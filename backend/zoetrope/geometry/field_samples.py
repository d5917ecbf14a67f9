"""Samples that the fields are trained on: signed distances, and motion with exact correspondence."""

from dataclasses import dataclass

import numpy as np
import trimesh

from zoetrope.geometry.mesh_properties import face_normals_and_areas
from zoetrope.geometry.signed_distance import find_thin_faces, signed_distance
from zoetrope.geometry.solid import Solid

NEAR_DEVIATION, FAR_DEVIATION = 0.006, 0.035
"""Box units. Standard deviations of the two Gaussian clouds around the surface."""
NEAR_SHARE, FAR_SHARE = 0.5, 0.3
"""Shares of the two clouds; the rest is uniform in the box."""
SURFACE_CANDIDATES = 20_000
PROBE_DEPTHS = (0.16, 0.08, 0.04, 0.02)
"""Box units. Depths at which the thickness of the body is probed."""
MAX_NORMAL_OFFSET = 0.025
"""Box units. Motion samples lie up to this far off the surface (the width in the published code)."""


@dataclass(frozen=True)
class DistanceSamples:
    """Samples of a signed distance field.

    Parameters
    ----------
    points : (N, 3) float64
        Box coordinates.
    distance : (N,) float64
        Negative inside.
    surface : (P, 3) float64
        Points on the surface.
    """

    points: np.ndarray
    distance: np.ndarray
    surface: np.ndarray


def sample_surface(
    vertices: np.ndarray, faces: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Sample points uniformly by area: face indices (N,) and barycentric coordinates (N, 3)."""
    _, areas = face_normals_and_areas(vertices, faces)
    return rng.choice(len(faces), count, p=areas / areas.sum()), rng.dirichlet((1.0, 1.0, 1.0), count)


def barycentric_points(
    vertices: np.ndarray, faces: np.ndarray, face: np.ndarray, barycentric: np.ndarray
) -> np.ndarray:
    """Return the points (N, 3) at barycentric coordinates (N, 3) of faces with indices (N,)."""
    return np.einsum("nk,nkc->nc", barycentric, vertices[faces[face]])


def barycentric_coordinates(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Return coordinates (N, 3) of points (N, 3) in triangles (N, 3, 3); first corner if degenerate."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.asarray(trimesh.triangles.points_to_barycentric(triangles, points))
    found[~np.isfinite(found).all(axis=1)] = (1.0, 0.0, 0.0)
    return found


def _probe_thickness(solid: Solid, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Thickness of the body under surface points (N, 3): the smallest probed depth (N,) that is outside."""
    thickness = np.full(len(points), 0.3)
    for depth in PROBE_DEPTHS:
        thickness = np.where(solid.winding_number(points - depth * normals) < 0.5, depth, thickness)
    return thickness


def sample_distances(solid: Solid, count: int, rng: np.random.Generator) -> DistanceSamples:
    """Sample a solid's distance field near its surface, more densely where it is thin, and in the whole box.

    Parts thinner than `MIN_THICKNESS` are thickened to it (`find_thin_faces`).

    Parameters
    ----------
    solid : Solid
        In the box.
    count : int
    rng : numpy.random.Generator
    """
    thin = find_thin_faces(solid)
    face, barycentric = sample_surface(solid.vertices, solid.outer, SURFACE_CANDIDATES, rng)
    surface = barycentric_points(solid.vertices, solid.outer, face, barycentric)
    normals, _ = face_normals_and_areas(solid.vertices, solid.outer)
    probability = np.clip(_probe_thickness(solid, surface, normals[face]), 0.02, 0.3) ** -0.7
    probability /= probability.sum()
    near, far = int(NEAR_SHARE * count), int(FAR_SHARE * count)
    surface = surface - thin.distance(surface).clip(max=0)[:, None] * normals[face]

    def around_surface(size: int, deviation: float) -> np.ndarray:
        chosen = surface[rng.choice(len(surface), size, p=probability)]
        return chosen + rng.normal(0, deviation, (size, 3))

    points = np.concatenate(
        [
            around_surface(near, NEAR_DEVIATION),
            around_surface(far, FAR_DEVIATION),
            rng.uniform(-1, 1, (count - near - far, 3)),
        ]
    )
    distance, decided = signed_distance(solid, points, thin)
    # replace undecided samples by decided ones: all bodies have the same number of samples
    undecided = np.flatnonzero(~decided)
    replacement = rng.choice(np.flatnonzero(decided), len(undecided))
    points[undecided], distance[undecided] = points[replacement], distance[replacement]
    return DistanceSamples(points, distance, surface)


@dataclass(frozen=True)
class FlowSampler:
    """Material points of a mesh: the same points of the body in every frame.

    Parameters
    ----------
    faces : (F, 3) int
    face : (N,) int
        Index of each point's face.
    barycentric : (N, 3) float
    offset : (N,) float
        Distance from the face along its normal.
    """

    faces: np.ndarray
    face: np.ndarray
    barycentric: np.ndarray
    offset: np.ndarray

    @classmethod
    def sample(
        cls, vertices: np.ndarray, faces: np.ndarray, count: int, rng: np.random.Generator
    ) -> "FlowSampler":
        """Sample points on the rest pose; every second one lies off the surface."""
        face, barycentric = sample_surface(vertices, faces, count, rng)
        off_surface = rng.uniform(-MAX_NORMAL_OFFSET, MAX_NORMAL_OFFSET, count)
        return cls(faces, face, barycentric, np.where(np.arange(count) % 2 == 0, 0.0, off_surface))

    def points(self, vertices: np.ndarray) -> np.ndarray:
        """Return the points (N, 3) for the mesh's vertices (V, 3) in some pose."""
        normals, _ = face_normals_and_areas(vertices, self.faces)
        on_surface = barycentric_points(vertices, self.faces, self.face, self.barycentric)
        return on_surface + self.offset[:, None] * normals[self.face]
