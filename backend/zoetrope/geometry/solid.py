"""Source meshes to a solid: parts closed, oriented and united, so that inside and outside are decided."""

from dataclasses import dataclass
from typing import Any

import igl
import manifold3d
import numpy as np
import trimesh

from zoetrope.geometry.mesh_properties import face_normals_and_areas

UNDECIDED_EDGE = 0.04
"""Box units. Parts that no exact union can take are cut this fine, then their hidden faces are dropped."""


@dataclass(frozen=True)
class Solid:
    """A body whose winding number tells inside (above one half) from outside.

    vertices (V, 3) float64; faces (F, 3) int64 make the winding number; outer (G, 3) int64 are those of them
    that lie on the outer surface: distances are measured to these alone.
    """

    vertices: np.ndarray
    faces: np.ndarray
    outer: np.ndarray

    def winding_number(self, points: np.ndarray) -> np.ndarray:
        """Fast generalised winding numbers (N,) of points (N, 3) (Barill et al. 2018)."""
        return np.asarray(igl.fast_winding_number(self.vertices, self.faces, points))


def _closed(part: trimesh.Trimesh) -> trimesh.Trimesh:
    """A part with its holes filled and its faces turned outward."""
    trimesh.repair.fix_winding(part)
    if not part.is_watertight:
        trimesh.repair.fill_holes(part)
    if not part.is_watertight:
        part = _fanned(part)
    if np.linalg.det(part.triangles).sum() < 0:  # `part.volume` divides by it, and sheets have none
        part.invert()
    return part


def _fanned(part: trimesh.Trimesh) -> trimesh.Trimesh:
    """Close every boundary loop by a fan round its middle."""
    edges = part.edges
    _, where, count = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True, return_counts=True)
    boundary = edges[count[where.ravel()] == 1]
    after = {int(b): int(a) for a, b in boundary}  # against the faces' own direction
    vertices, faces = list(part.vertices), list(part.faces)
    while after:
        first = current = next(iter(after))
        loop = []
        while current in after:
            loop.append(current)
            current = after.pop(current)
        if len(loop) >= 3 and current == first:
            vertices.append(np.mean([vertices[i] for i in loop], axis=0))
            middle = len(vertices) - 1
            faces += [np.array([a, b, middle]) for a, b in zip(loop, [*loop[1:], loop[0]], strict=True)]
    return trimesh.Trimesh(np.array(vertices), np.array(faces), process=False)


def build_solid(vertices: np.ndarray, faces: np.ndarray) -> Solid:
    """Weld, close and orient the parts of a mesh and unite them.

    manifold3d unites exactly what it can take. Where a part is not manifold, its faces are cut fine and
    those with the inside on both sides are dropped: interior faces would be false zeros of the distance.
    """
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    mesh.merge_vertices(digits_vertex=7)
    united: manifold3d.Manifold | None = None
    others: list[trimesh.Trimesh] = []
    for part in mesh.split(only_watertight=False):
        if len(part.faces) < 4:  # eyes and nostrils laid on a face
            continue
        closed = _closed(part)
        solid = manifold3d.Manifold(
            manifold3d.Mesh(np.asarray(closed.vertices, np.float32), np.asarray(closed.faces, np.uint32))
        )
        if solid.status() == manifold3d.Error.NoError and solid.volume() > 0:
            united = solid if united is None else united + solid
        else:
            others.append(closed)
    pieces = list(others)
    if united is not None:
        made = united.to_mesh()
        pieces.append(trimesh.Trimesh(made.vert_properties[:, :3], made.tri_verts, process=False))
    whole: Any = trimesh.util.concatenate(pieces) if len(pieces) > 1 else pieces[0]
    if not others:
        points, triangles = _arrays(whole)
        return Solid(points, triangles, triangles)
    points, triangles = _arrays(whole.subdivide_to_size(UNDECIDED_EDGE))
    normals, _ = face_normals_and_areas(points, triangles)
    centres = points[triangles].mean(axis=1)
    hidden = np.ones(len(triangles), bool)
    for side in (0.002, -0.002):
        hidden &= igl.fast_winding_number(points, triangles, centres + side * normals) > 0.5
    return Solid(points, triangles, triangles[~hidden])


def _arrays(mesh: Any) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int64)
