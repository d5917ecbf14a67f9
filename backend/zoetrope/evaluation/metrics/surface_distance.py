"""Distances of points to surfaces and between static point clouds."""

import igl
import numpy as np
import trimesh
from scipy.spatial import KDTree

SAMPLES = 4096


def to_surface(points: np.ndarray, vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return the exact distances (N,) of points (N, 3) to a triangle mesh (V, 3), (F, 3)."""
    squared = igl.point_mesh_squared_distance(
        np.ascontiguousarray(points, dtype=np.float64),
        np.ascontiguousarray(vertices, dtype=np.float64),
        np.ascontiguousarray(faces, dtype=np.int64),
    )[0]
    return np.sqrt(np.maximum(squared, 0))


def sample_surface(
    vertices: np.ndarray, faces: np.ndarray, count: int = SAMPLES, seed: int = 0
) -> np.ndarray:
    """Sample points (count, 3) uniformly by area on a mesh; the same seed gives the same points."""
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    points, _ = trimesh.sample.sample_surface(mesh, count, seed=seed)
    return np.asarray(points)


def canonical(vertices: np.ndarray) -> np.ndarray:
    """Shift and scale vertices (V, 3) so that their bounding box is centred with longest side 1.8."""
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    return (vertices - 0.5 * (low + high)) * (1.8 / float((high - low).max()))


def chamfer(a: KDTree, b: KDTree) -> float:
    """Return the Chamfer distance of two clouds: the mean distance to the nearest point, averaged both ways.

    Not squared. Two samplings (4,096 points) of one creature have a distance of about 0.01 in the box.
    """
    return 0.5 * (float(np.mean(b.query(a.data)[0])) + float(np.mean(a.query(b.data)[0])))
