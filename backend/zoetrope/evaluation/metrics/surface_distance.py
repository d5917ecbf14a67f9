"""Points on surfaces, and distances of points to surfaces."""

import igl
import numpy as np
import trimesh

SAMPLES = 4096


def to_surface(points: np.ndarray, vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return the exact distances (N,) of points (N, 3) to a triangle mesh (V, 3), (F, 3)."""
    squared = igl.point_mesh_squared_distance(
        np.ascontiguousarray(points, dtype=np.float64),
        np.ascontiguousarray(vertices, dtype=np.float64),
        np.ascontiguousarray(faces, dtype=np.int64),
    )[0]
    return np.sqrt(np.maximum(squared, 0))


def sample_surface_points(
    vertices: np.ndarray, faces: np.ndarray, count: int = SAMPLES, seed: int = 0
) -> np.ndarray:
    """Sample points (count, 3) uniformly by area on a mesh; the same seed gives the same points."""
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    points, _ = trimesh.sample.sample_surface(mesh, count, seed=seed)
    return np.asarray(points)
