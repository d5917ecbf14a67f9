"""A closed, even mesh in place of an artist's mesh, whatever that is made of.

Registration needs one surface with an inside. The artist's mesh may be open, non-manifold and in many parts;
its proxy is the zero surface of its signed distance (generalised winding number), extracted at low detail.
"""

import numpy as np

from zoetrope.errors import ZoetropeError
from zoetrope.geometry.cleanup import clean_mesh
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_properties import MeshArrays
from zoetrope.geometry.signed_distance import find_thin_faces, signed_distance
from zoetrope.geometry.solid import Solid, build_solid

DETAIL = 64
"""Cells along the box."""
MIN_THICKNESS = 1.15 * 2.0 / DETAIL
"""Box units: a little more than a cell. Thinner parts are thickened to it, or they would fall between the
grid's points."""
MAX_FACES = 20_000
"""Meshes with more are decimated to this first: the proxy cannot show more."""
MAX_GAP = 0.1
"""Box units. Parts further than this from all others are no part of the body that is registered."""


def closed_proxy(vertices: np.ndarray, faces: np.ndarray) -> MeshArrays:
    """Return the proxy of a mesh in box coordinates: (P, 3) float64, (Q, 3) int64.

    Raises
    ------
    ZoetropeError
        Code "bad_mesh": it encloses nothing.
    """
    try:
        solid = build_solid(*decimated(vertices, faces))
        thin = find_thin_faces(solid, MIN_THICKNESS)
        surface = extract_surface(lambda points: _distance(solid, points, thin), DETAIL)
        mesh = clean_mesh(surface.vertices, surface.faces, max_gap=MAX_GAP)
    except (ZoetropeError, IndexError, ValueError) as error:
        raise ZoetropeError(
            "The mesh has no body: it encloses no volume.",
            code="bad_mesh",
            remedy="Select a creature's mesh, with its skin; doubled faces enclose nothing.",
        ) from error
    return mesh.vertices.astype(np.float64), mesh.faces.astype(np.int64)


def decimated(vertices: np.ndarray, faces: np.ndarray) -> MeshArrays:
    """Return a mesh with at most `MAX_FACES` faces, by clustering vertices on a grid where it has more."""
    cells = 256
    while len(faces) > MAX_FACES and cells >= 32:
        low = vertices.min(axis=0)
        cell = np.floor((vertices - low) / (np.ptp(vertices, axis=0).max() + 1e-12) * cells).astype(np.int64)
        key = (cell[:, 0] * (cells + 1) + cell[:, 1]) * (cells + 1) + cell[:, 2]
        _, index, count = np.unique(key, return_inverse=True, return_counts=True)
        sums = np.stack([np.bincount(index, vertices[:, i]) for i in range(3)], axis=1)
        vertices, faces = sums / count[:, None], index[faces]
        corners = np.sort(faces, axis=1)
        whole = (corners[:, 0] < corners[:, 1]) & (corners[:, 1] < corners[:, 2])
        _, first = np.unique(corners[whole], axis=0, return_index=True)
        faces = faces[whole][np.sort(first)]
        cells //= 2
    return np.ascontiguousarray(vertices, np.float64), np.ascontiguousarray(faces, np.int64)


def _distance(solid: Solid, points: np.ndarray, thin: object) -> np.ndarray:
    return signed_distance(solid, points.astype(np.float64), thin)[0].astype(np.float32)  # type: ignore[arg-type]
