"""Tangents of a mesh for a normal map, by the MikkTSpace convention that Blender and glTF viewers follow."""

import numpy as np

from zoetrope.assets.uv import texture_vertices
from zoetrope.geometry.mesh_properties import face_normals_and_areas


def angle_weighted_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return vertex normals (V, 3) of length 1, faces weighted by their angle, as Blender computes them."""
    points = vertices.astype(np.float64)
    normals, _ = face_normals_and_areas(points, faces)
    angles = corner_angles(points[faces])
    weighted = (normals[:, None] * angles[..., None]).reshape(-1, 3)
    count = len(points)
    sums = np.stack([np.bincount(faces.ravel(), x, minlength=count) for x in weighted.T], axis=1)
    return np.asarray(_unit(sums))


def corner_angles(triangles: np.ndarray) -> np.ndarray:
    """Return the angles (F, 3) of triangles (F, 3, 3), in radians."""
    to_next = _unit(np.roll(triangles, -1, axis=1) - triangles)
    to_last = _unit(np.roll(triangles, 1, axis=1) - triangles)
    return np.asarray(np.arccos(np.clip((to_next * to_last).sum(axis=-1), -1, 1)))


def corner_tangents(
    vertices: np.ndarray, normals: np.ndarray, faces: np.ndarray, uvs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the tangents (F, 3, 3) of corners, and the sign (F,) of each face's bitangent.

    Mikkelsen, "Simulation of Wrinkled Surfaces Revisited" (2008): the mean over the faces around a texture
    vertex of their directions of increasing u in its tangent plane, weighted by the angle there. The
    bitangent is sign x (normal x tangent).

    Parameters
    ----------
    vertices, normals : (V, 3) float
    faces, uvs : (F, 3) int, (F, 3, 2) float
        v up.
    """
    triangles, texture = vertices.astype(np.float64)[faces], uvs.astype(np.float64)
    one, other = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    s, t = texture[:, 1] - texture[:, 0], texture[:, 2] - texture[:, 0]
    area = s[:, 0] * t[:, 1] - s[:, 1] * t[:, 0]
    sign = np.where(area < 0, -1.0, 1.0)
    along_u = _unit((t[:, 1:] * one - s[:, 1:] * other) * sign[:, None])
    corners, _, _ = texture_vertices(faces, uvs)
    group = (2 * corners + (sign < 0)[:, None]).ravel()
    at_corner = normals[faces]
    to_next, to_last = np.roll(triangles, -1, axis=1) - triangles, np.roll(triangles, 1, axis=1) - triangles
    in_plane = [_unit(_rejected(edge, at_corner)) for edge in (to_next, to_last)]
    angles = np.arccos(np.clip((in_plane[0] * in_plane[1]).sum(axis=-1), -1, 1))
    flat = _unit(_rejected(np.repeat(along_u[:, None], 3, axis=1), at_corner)) * angles[..., None]
    sums = np.stack([np.bincount(group, x) for x in flat.reshape(-1, 3).T], axis=1)
    return _unit(sums)[group].reshape(-1, 3, 3), sign


def _rejected(vectors: np.ndarray, normals: np.ndarray) -> np.ndarray:
    return np.asarray(vectors - normals * (vectors * normals).sum(axis=-1, keepdims=True))


def _unit(vectors: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-20))
