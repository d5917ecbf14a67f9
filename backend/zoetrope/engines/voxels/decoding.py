"""From a sampled grid to a surface, and to distances near it."""

import numpy as np
from scipy.ndimage import map_coordinates
from skimage.measure import marching_cubes

from zoetrope.errors import ZoetropeError
from zoetrope.geometry.cleanup import clean_mesh
from zoetrope.geometry.mesh_properties import MeshArrays

GRADIENT_STEP = 0.02
"""Box units, of the central differences of the interpolated grid."""
LEAST_SLOPE = 1.0
"""A box unit: where the grid is flat, first order would give endless distances. Surfaces have some 10."""


def grid_surface(grid: np.ndarray) -> MeshArrays:
    """Return the cleaned zero surface of one frame's grid (D, D, D), positive inside, in the box.

    Raises
    ------
    ZoetropeError
        Code "empty_surface".
    """
    padded = np.pad(grid.astype(np.float32), 1, constant_values=-1.0)
    try:
        vertices, faces, _, _ = marching_cubes(padded, 0.0, gradient_direction="ascent")
    except (ValueError, RuntimeError) as error:
        raise ZoetropeError(
            "The shape is empty: no cell of its grid is full.",
            code="empty_surface",
            remedy="Choose another seed.",
        ) from error
    box = (vertices - 0.5) * (2.0 / len(grid)) - 1.0
    mesh = clean_mesh(box.astype(np.float32), faces.astype(np.int32))
    return mesh.vertices, mesh.faces


def grid_distance(grid: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distance (N,) to the grid's surface, to first order, and its direction (N, 3)."""

    def value(at: np.ndarray) -> np.ndarray:
        cell = (at + 1.0) * (len(grid) / 2) - 0.5
        return np.asarray(-map_coordinates(grid, cell.T, order=1, mode="constant", cval=-1.0))

    at = np.asarray(points, np.float64)
    steps = GRADIENT_STEP * np.eye(3)
    gradient = np.stack([(value(at + s) - value(at - s)) / (2 * GRADIENT_STEP) for s in steps], axis=1)
    length = np.maximum(np.linalg.norm(gradient, axis=1, keepdims=True), LEAST_SLOPE)
    return value(at) / length[:, 0], gradient / length
