"""Paper-thin parts (wings, fins, ears, a bird's legs) made as thick as the coarsest detail can hold.

A sheet has no inside, and a wing thinner than a grid cell falls between the grid's points: neither can be
extracted from a distance field. The distance to such faces is therefore lessened until the body is
`THICKNESS` thick there.
"""

from dataclasses import dataclass

import igl
import numpy as np
import trimesh

from zoetrope.geometry.repair import Solid, triangle_normals

THICKNESS = 0.036
"""Box units: a little more than a cell of detail 64 (1/32)."""
PATCH = 0.05
"""Box units: larger faces are cut before they are probed."""
ABOVE = 0.002
PROBES = 11


@dataclass(frozen=True)
class ThinFaces:
    """Faces of an outer surface that lie on too thin a part: vertices (V, 3), faces (F, 3).

    padding (F,): what is put on each, half of what is missing to `THICKNESS`.
    """

    vertices: np.ndarray
    faces: np.ndarray
    padding: np.ndarray

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Signed distance (N,) of points (N, 3) to the padding; far away where there is none."""
        if not len(self.faces):
            return np.full(len(points), np.inf)
        squared, nearest, _ = igl.point_mesh_squared_distance(points, self.vertices, self.faces)
        return np.asarray(np.sqrt(squared) - self.padding[nearest])


def depth_under(solid: Solid, vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """How thick the body is under the middle of each face (F,): 0 for a sheet, at most `THICKNESS`."""
    normals, _ = triangle_normals(vertices, faces)
    centres = vertices[faces].mean(axis=1)
    turned = solid.winding(centres + ABOVE * normals) > 0.5
    normals = np.where(turned[:, None], -normals, normals)
    depths = np.linspace(ABOVE, THICKNESS, PROBES)
    probes = centres - depths[:, None, None] * normals
    inside = solid.winding(probes.reshape(-1, 3)).reshape(PROBES, -1) > 0.5
    through = np.logical_and.accumulate(inside, axis=0).sum(axis=0)
    return np.concatenate([[0.0], depths])[through]


def thin_faces(solid: Solid) -> ThinFaces:
    """The faces of a solid's outer surface under which it is thinner than `THICKNESS`."""
    cut = trimesh.remesh.subdivide_to_size(solid.vertices, solid.outer, PATCH)
    vertices, faces = np.asarray(cut[0], np.float64), np.asarray(cut[1], np.int64)
    depth = depth_under(solid, vertices, faces)
    thin = depth < 0.99 * THICKNESS
    return ThinFaces(vertices, faces[thin], 0.5 * (THICKNESS - depth[thin]))
