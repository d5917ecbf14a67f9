"""Tangents of a mesh for a normal map, by the MikkTSpace convention that Blender and glTF viewers follow."""

import numpy as np

from zoetrope.geometry.mesh_properties import unit_vectors
from zoetrope.geometry.texture_vertices import texture_vertices


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
    along_u = unit_vectors((t[:, 1:] * one - s[:, 1:] * other) * sign[:, None])
    corners, _, _ = texture_vertices(faces, uvs)
    group = (2 * corners + (sign < 0)[:, None]).ravel()
    at_corner = normals[faces]
    to_next, to_last = np.roll(triangles, -1, axis=1) - triangles, np.roll(triangles, 1, axis=1) - triangles
    in_plane = [unit_vectors(_rejected(edge, at_corner)) for edge in (to_next, to_last)]
    angles = np.arccos(np.clip((in_plane[0] * in_plane[1]).sum(axis=-1), -1, 1))
    flat = unit_vectors(_rejected(np.repeat(along_u[:, None], 3, axis=1), at_corner)) * angles[..., None]
    sums = np.stack([np.bincount(group, x) for x in flat.reshape(-1, 3).T], axis=1)
    return unit_vectors(sums)[group].reshape(-1, 3, 3), sign


def _rejected(vectors: np.ndarray, normals: np.ndarray) -> np.ndarray:
    return np.asarray(vectors - normals * (vectors * normals).sum(axis=-1, keepdims=True))
