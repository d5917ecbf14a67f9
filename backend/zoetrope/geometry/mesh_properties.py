"""Measures of a triangle mesh: normals, areas, edges, connected components and their volumes."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

MIN_EDGE = 1e-6
"""Share of the rest pose's diagonal. Shorter edges are left out of the stretch."""

MeshArrays = tuple[np.ndarray, np.ndarray]
"""Vertices (V, 3) float and faces (F, 3) int of a triangle mesh."""


def face_normals_and_areas(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return unit normals (F, 3) and areas (F,) of triangles."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1)
    return normal / np.maximum(length, 1e-15)[:, None], 0.5 * length


def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return area-weighted unit normals (V, 3); zero where a vertex has no face."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    area = np.cross(b - a, c - a)
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, faces[:, corner], area)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.divide(normals, length, out=np.zeros_like(normals), where=length > 0)


def angle_weighted_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return vertex normals (V, 3) of length 1, faces weighted by their angle, as Blender computes them."""
    points = vertices.astype(np.float64)
    normals, _ = face_normals_and_areas(points, faces)
    angles = corner_angles(points[faces])
    weighted = (normals[:, None] * angles[..., None]).reshape(-1, 3)
    count = len(points)
    sums = np.stack([np.bincount(faces.ravel(), x, minlength=count) for x in weighted.T], axis=1)
    return np.asarray(unit_vectors(sums))


def corner_angles(triangles: np.ndarray) -> np.ndarray:
    """Return the angles (F, 3) of triangles (F, 3, 3), in radians."""
    to_next = unit_vectors(np.roll(triangles, -1, axis=1) - triangles)
    to_last = unit_vectors(np.roll(triangles, 1, axis=1) - triangles)
    return np.asarray(np.arccos(np.clip((to_next * to_last).sum(axis=-1), -1, 1)))


def unit_vectors(vectors: np.ndarray) -> np.ndarray:
    """Return vectors (..., 3) of length 1; of length 0 where they have none."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-20))


def vertex_areas(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return barycentric vertex areas (V,), a third of the adjacent faces' area, normalised to sum 1."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    out = np.zeros(len(vertices))
    for corner in range(3):
        np.add.at(out, faces[:, corner], area)
    return out / out.sum()


def unique_edges(faces: np.ndarray) -> np.ndarray:
    """Return the undirected edges (E, 2) of faces (F, 3), each once."""
    return np.unique(np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)


def edge_stretch(rest: np.ndarray, edges: np.ndarray, frames: np.ndarray, quantile: float = 0.99) -> float:
    """Return how much a motion changes edge lengths.

    Parameters
    ----------
    rest : (V, 3) float
    edges : (E, 2) int
    frames : (T, V, 3) float
    quantile : float
        Quantile over edges and frames of max(length / rest length, rest length / length).
    """
    a, b = edges.T
    rest_length = np.linalg.norm(rest[a] - rest[b], axis=1)
    minimum = MIN_EDGE * np.linalg.norm(np.ptp(rest, axis=0))
    a, b, rest_length = a[rest_length > minimum], b[rest_length > minimum], rest_length[rest_length > minimum]
    ratios = np.empty((len(frames), len(a)), dtype=np.float32)
    for i, frame in enumerate(frames):
        ratios[i] = np.maximum(np.linalg.norm(frame[a] - frame[b], axis=1), minimum) / rest_length
    return float(np.quantile(np.maximum(ratios, 1 / ratios), quantile))


def signed_volumes(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return the signed volume (F,) of the tetrahedron between each face and the mean vertex."""
    points = vertices.astype(np.float64) - vertices.mean(axis=0, dtype=np.float64)
    a, b, c = (points[faces[:, i]] for i in range(3))
    return np.einsum("ij,ij->i", a, np.cross(b, c)) / 6


def vertex_components(faces: np.ndarray, count: int) -> np.ndarray:
    """Return the connected component (V,) of each of `count` vertices, from 0; one without faces is one."""
    links = np.concatenate([faces[:, :2], faces[:, 1:]])
    graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1])


def face_components(faces: np.ndarray, count: int) -> np.ndarray:
    """Return the connected component (F,) of each face of a mesh with `count` vertices, from 0."""
    return np.asarray(np.unique(vertex_components(faces, count)[faces[:, 0]], return_inverse=True)[1])


def component_volumes(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Label connected components and measure their volumes.

    Returns
    -------
    component : (V,) int
        Index of each vertex's component. A vertex without faces is a component of volume 0.
    volumes : (C,) float64
        Signed volume of each component; negative for a cavity.
    """
    component = vertex_components(faces, len(vertices))
    count = int(component.max(initial=-1)) + 1
    return component, np.bincount(component[faces[:, 0]], signed_volumes(vertices, faces), minlength=count)
