"""Conversion of source meshes to solids: parts are closed, oriented and united, so that inside is defined."""

from dataclasses import dataclass
from typing import Any

import igl
import manifold3d
import numpy as np
import trimesh

from zoetrope.geometry.mesh_properties import MeshArrays, face_normals_and_areas

MAX_EDGE = 0.04
"""Box units. Meshes without an exact union are subdivided to this before their interior faces are dropped."""
MIN_FACES = 4
"""Parts of fewer faces are left out: eyes and nostrils drawn as single faces on the surface."""
PROBE_OFFSET = 0.002
"""Box units. Distance from a face at which both its sides are tested."""


@dataclass(frozen=True)
class Solid:
    """A body whose winding number is above one half inside and below it outside.

    Parameters
    ----------
    vertices : (V, 3) float64
    faces : (F, 3) int64
        All faces; they define the winding number.
    outer : (G, 3) int64
        The faces on the outer surface; distances are measured to these.
    """

    vertices: np.ndarray
    faces: np.ndarray
    outer: np.ndarray

    def winding_number(self, points: np.ndarray) -> np.ndarray:
        """Return fast generalised winding numbers (N,) of points (N, 3) (Barill et al. 2018)."""
        return np.asarray(igl.fast_winding_number(self.vertices, self.faces, points))


def build_solid(vertices: np.ndarray, faces: np.ndarray) -> Solid:
    """Weld, close and orient the parts of a mesh and unite them.

    Manifold parts are united exactly by manifold3d. If a part is not manifold, the faces are subdivided and
    those with the inside on both sides are dropped: they would be false zeros of the distance.

    Parameters
    ----------
    vertices : (V, 3) float
        Box coordinates.
    faces : (F, 3) int
    """
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    mesh.merge_vertices(digits_vertex=7)
    union: manifold3d.Manifold | None = None
    nonmanifold: list[trimesh.Trimesh] = []
    for part in mesh.split(only_watertight=False):
        if len(part.faces) < MIN_FACES:
            continue
        closed = close_holes(part)
        manifold = manifold3d.Manifold(
            manifold3d.Mesh(np.asarray(closed.vertices, np.float32), np.asarray(closed.faces, np.uint32))
        )
        if manifold.status() == manifold3d.Error.NoError and manifold.volume() > 0:
            union = manifold if union is None else union + manifold
        else:
            nonmanifold.append(closed)
    pieces = list(nonmanifold)
    if union is not None:
        united = union.to_mesh()
        pieces.append(trimesh.Trimesh(united.vert_properties[:, :3], united.tri_verts, process=False))
    combined: Any = trimesh.util.concatenate(pieces) if len(pieces) > 1 else pieces[0]
    if not nonmanifold:
        points, triangles = _arrays(combined)
        return Solid(points, triangles, triangles)
    points, triangles = _arrays(combined.subdivide_to_size(MAX_EDGE))
    normals, _ = face_normals_and_areas(points, triangles)
    centres = points[triangles].mean(axis=1)
    interior = np.ones(len(triangles), bool)
    for offset in (PROBE_OFFSET, -PROBE_OFFSET):
        interior &= igl.fast_winding_number(points, triangles, centres + offset * normals) > 0.5
    return Solid(points, triangles, triangles[~interior])


def close_holes(part: trimesh.Trimesh) -> trimesh.Trimesh:
    """Fill the holes of a part and turn its faces outward."""
    trimesh.repair.fix_winding(part)
    if not part.is_watertight:
        trimesh.repair.fill_holes(part)
    if not part.is_watertight:
        part = _close_with_fans(part)
    if np.linalg.det(part.triangles).sum() < 0:  # not `part.volume`, which fails for sheets of volume 0
        part.invert()
    return part


def _close_with_fans(part: trimesh.Trimesh) -> trimesh.Trimesh:
    """Close every boundary loop by a fan of triangles around its mean point."""
    edges = part.edges
    _, edge_index, count = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True, return_counts=True)
    boundary = edges[count[edge_index.ravel()] == 1]
    next_vertex = {int(b): int(a) for a, b in boundary}  # against the direction of the faces
    vertices, faces = list(part.vertices), list(part.faces)
    while next_vertex:
        first = current = next(iter(next_vertex))
        loop = []
        while current in next_vertex:
            loop.append(current)
            current = next_vertex.pop(current)
        if len(loop) >= 3 and current == first:
            vertices.append(np.mean([vertices[i] for i in loop], axis=0))
            middle = len(vertices) - 1
            faces += [np.array([a, b, middle]) for a, b in zip(loop, [*loop[1:], loop[0]], strict=True)]
    return trimesh.Trimesh(np.array(vertices), np.array(faces), process=False)


def _arrays(mesh: Any) -> MeshArrays:
    return np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int64)
