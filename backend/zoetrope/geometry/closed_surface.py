"""The closed surface of a mesh, moved as the mesh is: inside and outside are defined in every frame."""

from dataclasses import dataclass
from typing import Any

import igl
import numpy as np
import trimesh
from scipy import sparse

from zoetrope.geometry.field_samples import barycentric_coordinates
from zoetrope.geometry.nearest_points import nearest
from zoetrope.geometry.signed_distance import MAX_PROBED_EDGE, MIN_THICKNESS, thickness_under_faces
from zoetrope.geometry.solid import MIN_FACES, Solid, close_holes

SAME_POINT = 1e-6
"""Box units. Vertices this near each other are one."""


@dataclass(frozen=True)
class ClosedSurface:
    """Closed, outward parts whose vertices are fixed means of a mesh's own.

    Unlike `build_solid` the parts are not united, which would give other faces in every frame: where parts
    overlap the winding number is above one, which is inside as well.

    Parameters
    ----------
    faces : (F, 3) int64
    means : (W, V) sparse matrix
        The mesh's vertices -> the surface's.
    thin_faces : (G, 3) int64
        Faces of pieces under which the body is thinner than `MIN_THICKNESS`.
    thin_means : (X, V) sparse matrix
        The mesh's vertices -> those of `thin_faces`.
    padding : (G,) float
        Half of what each of `thin_faces` lacks, box units of the rest pose.
    """

    faces: np.ndarray
    means: sparse.csr_matrix
    thin_faces: np.ndarray
    thin_means: sparse.csr_matrix
    padding: np.ndarray

    @classmethod
    def build(cls, rest: np.ndarray, faces: np.ndarray) -> "ClosedSurface":
        """Close a mesh by its rest pose.

        Parameters
        ----------
        rest : (V, 3) float
            Box coordinates.
        faces : (F, 3) int
        """
        mesh = trimesh.Trimesh(rest, faces, process=False)
        mesh.merge_vertices(digits_vertex=7)
        parts = [close_holes(p) for p in mesh.split(only_watertight=False) if len(p.faces) >= MIN_FACES]
        closed: Any = trimesh.util.concatenate(parts)
        vertices, triangles = np.asarray(closed.vertices, np.float64), np.asarray(closed.faces, np.int64)
        means = _means(vertices, triangles, rest)
        thin_faces, thin_means, padding = _thin_faces(vertices, triangles)
        return cls(triangles, means, thin_faces, (thin_means @ means).tocsr(), padding)

    def occupancy(self, vertices: np.ndarray, points: np.ndarray, scale: float) -> np.ndarray:
        """Return whether points (N, 3) are inside (N,) in the pose of the mesh's vertices (V, 3).

        scale : unit of the points -> box units of the rest pose, for the padding of thin parts.
        """
        moved = np.ascontiguousarray(self.means @ vertices)
        inside = np.zeros(len(points), bool)
        near = _within(points, moved, float(self.padding.max(initial=0.0)) / scale)
        if near.any():
            inside[near] = igl.fast_winding_number(moved, self.faces, points[near]) > 0.5
        if len(self.thin_faces):
            thin = np.ascontiguousarray(self.thin_means @ vertices)
            tested = np.flatnonzero(~inside & _within(points, thin, float(self.padding.max()) / scale))
            if len(tested):
                squared, face, _ = igl.point_mesh_squared_distance(points[tested], thin, self.thin_faces)
                inside[tested] = np.sqrt(squared) * scale < self.padding[face]
        return inside


def _within(points: np.ndarray, vertices: np.ndarray, margin: float) -> np.ndarray:
    return np.asarray(
        ((points >= vertices.min(0) - margin) & (points <= vertices.max(0) + margin)).all(axis=1)
    )


def _means(vertices: np.ndarray, faces: np.ndarray, rest: np.ndarray) -> sparse.csr_matrix:
    """Return the matrix from a mesh's vertices to those of its closed surface.

    A vertex that closing a hole has added is the mean of its neighbours.
    """
    distance, index = nearest(rest, vertices)
    own = distance < SAME_POINT
    rows, columns = [np.flatnonzero(own)], [index[own]]
    for added in np.flatnonzero(~own):
        ring = np.unique(faces[(faces == added).any(axis=1)])
        ring = ring[own[ring]]
        if not len(ring):
            ring = np.array([added])
        rows.append(np.full(len(ring), added))
        columns.append(index[ring])
    row, column = np.concatenate(rows), np.concatenate(columns)
    weight = 1.0 / np.bincount(row, minlength=len(vertices))[row]
    return sparse.csr_matrix((weight, (row, column)), (len(vertices), len(rest)))


def _thin_faces(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, sparse.csr_matrix, np.ndarray]:
    """Return pieces of faces under which the body is thin, their vertices as means, and their padding."""
    pieces, piece_faces, parent = trimesh.remesh.subdivide_to_size(
        vertices, faces, MAX_PROBED_EDGE, return_index=True
    )
    pieces, piece_faces = np.asarray(pieces, np.float64), np.asarray(piece_faces, np.int64)
    thickness = thickness_under_faces(Solid(vertices, faces, faces), pieces, piece_faces, MIN_THICKNESS)
    thin = thickness < 0.99 * MIN_THICKNESS
    used, renamed = np.unique(piece_faces[thin], return_inverse=True)
    of_vertex = np.zeros(len(pieces), np.int64)
    of_vertex[piece_faces.ravel()] = np.repeat(parent, 3)
    triangles = faces[of_vertex[used]]
    corners = barycentric_coordinates(pieces[used], vertices[triangles])
    row = np.repeat(np.arange(len(used)), 3)
    means = sparse.csr_matrix((corners.ravel(), (row, triangles.ravel())), (len(used), len(vertices)))
    return renamed.reshape(-1, 3), means, 0.5 * (MIN_THICKNESS - thickness[thin])
