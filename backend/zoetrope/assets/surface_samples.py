"""The full surface seen from a low-poly mesh: points and tangent-space normals at a lattice in each face."""

import math

import igl
import numpy as np

from zoetrope.assets.texels import Texels
from zoetrope.geometry.mesh_properties import angle_weighted_normals
from zoetrope.geometry.tangents import corner_tangents

MAX_SUBDIVISION = 8
"""Lattice intervals along an edge of a face, at most."""
CHUNK = 1 << 18
"""Texels interpolated at once."""


class SurfaceSamples:
    """Closest points of the full surface and its normals there, at a lattice in each face of a low-poly mesh.

    The lattice is finer than the full surface's own edges, so interpolating between its points loses nothing.

    Parameters
    ----------
    vertices, faces, uvs : (V, 3) float, (F, 3) int, (F, 3, 2) float
        The low-poly mesh.
    full, full_faces : (W, 3) float, (G, 3) int
        The full surface, wound outward.
    """

    def __init__(
        self,
        vertices: np.ndarray,
        faces: np.ndarray,
        uvs: np.ndarray,
        full: np.ndarray,
        full_faces: np.ndarray,
    ) -> None:
        low, fine = vertices.astype(np.float64), full.astype(np.float64)
        fine_faces = np.ascontiguousarray(full_faces, np.int64)
        ratio = _mean_edge(low, faces) / _mean_edge(fine, fine_faces)
        self.count = n = min(max(1, math.ceil(1.5 * ratio)), MAX_SUBDIVISION)
        i, j = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
        inside = i + j <= n
        weights = np.stack([n - i - j, i, j], axis=-1)[inside] / n
        self.index = np.full((n + 1, n + 1), -1, dtype=np.int32)
        self.index[inside] = np.arange(len(weights))
        start = _inside_faces(weights, low[faces])
        vertex_normals = angle_weighted_normals(low, faces)
        outward = _inside_faces(weights, vertex_normals[faces])
        _, hit, closest = igl.point_mesh_squared_distance(start, fine, fine_faces)
        normal = _normals_at(fine, fine_faces, hit, closest)
        opposite = ((normal * outward).sum(axis=1) <= 0)[:, None]  # the other side of a thin part
        points, normal = np.where(opposite, start, closest), np.where(opposite, outward, normal)
        tangents, sign = corner_tangents(low, vertex_normals, faces, uvs)
        along = _inside_faces(weights, tangents)
        local = in_tangent_space(normal, outward, along, np.repeat(sign, len(weights)))
        self.values = np.concatenate([points, local], axis=1).astype(np.float32)
        self.per_face = len(weights)

    def at(self, texels: Texels) -> tuple[np.ndarray, np.ndarray]:
        """Return points (N, 3) and unit normals in tangent space (N, 3) at texels, float32."""
        out = np.empty((len(texels.face), 6), np.float32)
        for start in range(0, len(out), CHUNK):
            part = slice(start, start + CHUNK)
            self._interpolate(texels.face[part], texels.weights[part, 1:], out[part])
        normals = out[:, 3:]
        normals /= np.maximum(np.sqrt(np.einsum("ij,ij->i", normals, normals)), 1e-12)[:, None]
        return out[:, :3], normals

    def _interpolate(self, face: np.ndarray, weights: np.ndarray, out: np.ndarray) -> None:
        n = self.count
        s, t = weights.T * np.float32(n)
        i, j = np.minimum(s.astype(np.int32), n - 1), np.minimum(t.astype(np.int32), n - 1)
        j -= np.maximum(i + j - (n - 1), 0)  # on the edge opposite the first corner
        s, t = s - i, t - j
        upper = (s + t > 1) & (i + j < n - 1)
        a = np.where(upper, self.index[i + 1, np.minimum(j + 1, n)], self.index[i, j])
        first = face * np.int32(self.per_face)
        np.multiply(self.values[first + a], np.where(upper, s + t - 1, 1 - s - t)[:, None], out=out)
        out += self.values[first + self.index[i + 1, j]] * np.where(upper, 1 - t, s)[:, None]
        out += self.values[first + self.index[i, j + 1]] * np.where(upper, 1 - s, t)[:, None]


def in_tangent_space(
    normals: np.ndarray, low_normals: np.ndarray, tangents: np.ndarray, sign: np.ndarray
) -> np.ndarray:
    """Return unit vectors (N, 3) whose x, y, z along tangent, bitangent and normal give `normals` (N, 3).

    Tangents and normals of the low-poly mesh are interpolated over its faces and not made unit vectors again,
    and the bitangent is sign x (normal x tangent): so viewers decode a normal map (MikkTSpace).
    What points into the mesh is laid into the tangent plane.
    """
    bitangents = sign[:, None] * np.cross(low_normals, tangents)
    rows = np.stack(  # Cramer's rule
        [np.cross(bitangents, low_normals), np.cross(low_normals, tangents), np.cross(tangents, bitangents)],
        axis=1,
    )
    volume = (tangents * rows[:, 0]).sum(axis=1)
    local = np.einsum("nij,nj->ni", rows, normals) * np.sign(volume)[:, None]
    local[:, 2] = np.maximum(local[:, 2], 1e-3 * np.abs(local).max(axis=1))
    return np.asarray(local / np.maximum(np.linalg.norm(local, axis=1, keepdims=True), 1e-20))


def _inside_faces(weights: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Interpolate values at corners (F, 3, C) with weights (K, 3), face by face: (F * K, C)."""
    return np.ascontiguousarray(np.einsum("kc,fcx->fkx", weights, corners).reshape(-1, corners.shape[-1]))


def _normals_at(points: np.ndarray, faces: np.ndarray, hit: np.ndarray, closest: np.ndarray) -> np.ndarray:
    """Return interpolated vertex normals (N, 3) at points (N, 3) of faces `hit` (N,)."""
    normals = angle_weighted_normals(points, faces)
    a, b, c = (np.ascontiguousarray(points[faces[hit, i]]) for i in range(3))
    weights = np.asarray(igl.barycentric_coordinates(np.ascontiguousarray(closest), a, b, c))
    weights = np.nan_to_num(weights, nan=1 / 3)
    out = np.einsum("nc,ncx->nx", weights, normals[faces[hit]])
    return np.asarray(out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12))


def _mean_edge(points: np.ndarray, faces: np.ndarray) -> float:
    return float(np.linalg.norm(points[faces] - points[np.roll(faces, 1, axis=1)], axis=-1).mean())
