"""The outer surface of an animated file: its faces without those hidden inside the mesh.

Game models consist of parts that intersect, with mouths, eyes and bodies under the skin. A generated creature
has one outer surface, so points on hidden faces would separate it from any file, however good it is.
"""

import numpy as np
import trimesh

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.geometry.field_samples import barycentric_coordinates, barycentric_points
from zoetrope.geometry.mesh_properties import face_normals_and_areas
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.geometry.solid import build_solid

EDGE = 0.04
"""Longest edge of the pieces, box units, into which faces are cut before each is tested as a whole."""
OFFSET = 0.002
"""Box units to either side of a piece at which its solid's winding number is taken."""


class OuterSurface:
    """The pieces of a file's faces that are not inside its solid at rest, moved as the file's faces are.

    What is hidden at rest is left out of all frames.

    Parameters
    ----------
    asset : AnimatedAsset

    Attributes
    ----------
    faces : (G, 3) int64
    """

    def __init__(self, asset: AnimatedAsset) -> None:
        self.asset, self.span = asset, asset.span
        rest = normalising_box(asset.rest).to_box(asset.rest)
        vertices, faces, of_face = trimesh.remesh.subdivide_to_size(
            rest, asset.faces, EDGE, max_iter=20, return_index=True
        )
        normals, _ = face_normals_and_areas(vertices, faces)
        centres, solid = vertices[faces].mean(axis=1), build_solid(rest, asset.faces)
        inside = [solid.winding_number(centres + side * normals) > 0.5 for side in (OFFSET, -OFFSET)]
        visible = ~(inside[0] & inside[1])
        used, renamed = np.unique(faces[visible], return_inverse=True)
        self.faces = renamed.reshape(-1, 3)
        face = np.zeros(len(vertices), np.int64)
        face[faces[visible].ravel()] = np.repeat(of_face[visible], 3)
        self._face = face[used]
        self._corner = barycentric_coordinates(vertices[used], rest[asset.faces[self._face]])

    def on(self, vertices: np.ndarray) -> np.ndarray:
        """Return this surface's vertices (W, 3) for vertices (V, 3) of the file."""
        return barycentric_points(vertices, self.asset.faces, self._face, self._corner)

    def evaluate(self, clip: str, times: np.ndarray) -> np.ndarray:
        """Return this surface's vertices (T, W, 3) in a clip at times (T,), in the unit of the file."""
        return np.stack([self.on(frame) for frame in self.asset.evaluate(clip, times)])
