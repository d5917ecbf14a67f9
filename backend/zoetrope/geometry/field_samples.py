"""What the fields are trained on: distance samples, and flow samples with exact correspondence."""

from dataclasses import dataclass

import igl
import numpy as np

from zoetrope.geometry.mesh_properties import face_normals_and_areas
from zoetrope.geometry.signed_distance import find_thin_faces, signed_distance
from zoetrope.geometry.solid import Solid

NEAR, FAR = 0.006, 0.035
"""Deviations of the two clouds around the surface, box units."""
SHARES = (0.5, 0.3, 0.2)
"""Shares of the near cloud, the far cloud and the uniform samples."""
OFF_SURFACE = 0.025
"""Flow samples lie up to this far off the surface (the published code's width)."""


@dataclass(frozen=True)
class DistanceSamples:
    """points (N, 3), distance (N,) negative inside, colours (N, 3) uint8, surface points (P, 3)."""

    points: np.ndarray
    distance: np.ndarray
    colours: np.ndarray
    surface: np.ndarray


def sample_surface(
    vertices: np.ndarray, faces: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw faces (N,) by area and barycentric coordinates (N, 3)."""
    _, areas = face_normals_and_areas(vertices, faces)
    return rng.choice(len(faces), count, p=areas / areas.sum()), rng.dirichlet((1.0, 1.0, 1.0), count)


def barycentric_points(
    vertices: np.ndarray, faces: np.ndarray, face: np.ndarray, corner: np.ndarray
) -> np.ndarray:
    """Points (N, 3) at barycentric coordinates of faces."""
    return np.einsum("nk,nkc->nc", corner, vertices[faces[face]])


def thinness(solid: Solid, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """How thick the body is under surface points (N, 3): the first probed depth (N,) that is outside."""
    thick = np.full(len(points), 0.3)
    for depth in (0.16, 0.08, 0.04, 0.02):
        thick = np.where(solid.winding_number(points - depth * normals) < 0.5, depth, thick)
    return thick


def sample_distances(
    solid: Solid,
    vertices: np.ndarray,
    faces: np.ndarray,
    face_colours: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> DistanceSamples:
    """Sample a solid near its surface at two widths, more where it is thin, and uniformly in the box.

    Parts thinner than a grid cell are made as thick as one (see `thickness`).

    Parameters
    ----------
    vertices, faces, face_colours
        The source mesh in the box, (F, 3) sRGB: colours come from its nearest face.
    """
    thin = find_thin_faces(solid)
    face, corner = sample_surface(solid.vertices, solid.outer, 20_000, rng)
    surface = barycentric_points(solid.vertices, solid.outer, face, corner)
    normals, _ = face_normals_and_areas(solid.vertices, solid.outer)
    chance = np.clip(thinness(solid, surface, normals[face]), 0.02, 0.3) ** -0.7
    chance /= chance.sum()
    near, far = int(SHARES[0] * count), int(SHARES[1] * count)
    surface = surface - thin.distance(surface).clip(max=0)[:, None] * normals[face]

    def around(size: int, deviation: float) -> np.ndarray:
        return surface[rng.choice(len(surface), size, p=chance)] + rng.normal(0, deviation, (size, 3))

    points = np.concatenate(
        [around(near, NEAR), around(far, FAR), rng.uniform(-1, 1, (count - near - far, 3))]
    )
    distance, decided = signed_distance(solid, points, thin)
    # Undecided samples are replaced by decided ones, so that every body has as many.
    undecided = np.flatnonzero(~decided)
    instead = rng.choice(np.flatnonzero(decided), len(undecided))
    points[undecided], distance[undecided] = points[instead], distance[instead]
    _, nearest, _ = igl.point_mesh_squared_distance(points, vertices, faces.astype(np.int64))
    colours = np.round(255 * face_colours[nearest]).clip(0, 255).astype(np.uint8)
    return DistanceSamples(points, distance, colours, surface)


@dataclass(frozen=True)
class FlowSampler:
    """Points that are the same material points in every frame: face, barycentric corner, normal offset."""

    faces: np.ndarray  # (F, 3)
    face: np.ndarray  # (N,)
    corner: np.ndarray  # (N, 3)
    offset: np.ndarray  # (N,)

    @classmethod
    def sample(
        cls, vertices: np.ndarray, faces: np.ndarray, count: int, rng: np.random.Generator
    ) -> "FlowSampler":
        """Draw points on the rest pose; every second one lies off the surface."""
        face, corner = sample_surface(vertices, faces, count, rng)
        offset = np.where(np.arange(count) % 2 == 0, 0.0, rng.uniform(-OFF_SURFACE, OFF_SURFACE, count))
        return cls(faces, face, corner, offset)

    def points(self, vertices: np.ndarray) -> np.ndarray:
        """Where they are (N, 3) when the mesh's vertices are (V, 3)."""
        normals, _ = face_normals_and_areas(vertices, self.faces)
        return (
            barycentric_points(vertices, self.faces, self.face, self.corner)
            + self.offset[:, None] * normals[self.face]
        )
