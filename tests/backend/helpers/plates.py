"""A ball with a thin plate beside it, as wings and fins are modelled: a closed box or an open sheet."""

import numpy as np
import trimesh
from zoetrope.geometry.solid import build_solid


def plate(thickness):
    """A plate of 1 by 0.6; a sheet where the thickness is 0."""
    if thickness:
        box = trimesh.creation.box((1.0, 0.6, thickness))
        return np.asarray(box.vertices), np.asarray(box.faces)
    corners = np.array([[-0.5, -0.3, 0], [0.5, -0.3, 0], [0.5, 0.3, 0], [-0.5, 0.3, 0]], float)
    return trimesh.remesh.subdivide(corners, np.array([[0, 1, 2], [0, 2, 3]]))


def solid_with_plate(thickness):
    """Vertices, faces and solid of a ball and a plate centred at (0.6, 0, 0)."""
    ball = trimesh.creation.icosphere(2, 0.15)
    vertices, faces = plate(thickness)
    faces = np.concatenate([faces, ball.faces + len(vertices)])
    vertices = np.concatenate([vertices + [0.6, 0, 0], ball.vertices])
    return vertices, faces, build_solid(vertices, faces)
