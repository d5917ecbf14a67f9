"""Relaxation of a coarse mesh on the surface of a field: even triangles, vertices on the surface."""

from collections.abc import Callable

import numpy as np

from zoetrope.geometry.mesh_properties import face_normals_and_areas, unique_edges, vertex_normals

DistanceWithGradient = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Maps points (N, 3) to signed distances (N,) and their gradients (N, 3)."""
STEP = 0.6
"""Share of the way to the centroid that a vertex goes."""
SHARP, FLAT = 0.75, 0.95
"""Least cosine between a vertex's normal and its faces' normals: at or below the first the vertex lies on a
feature and stays, above the second it moves freely."""
MIN_GRADIENT = 0.5
"""Length that a gradient counts as at least: a signed distance has 1."""
INVERTED, UNFOLD_ROUNDS = -0.2, 8
"""Cosine between a face's normal and the field's gradient below which the face is inside out; rounds of
smoothing at most."""
MIN_TURN_COSINE = 0.5
"""Between a face's normals before and after a move: below it, its vertices stay."""


def project(
    distance: DistanceWithGradient, points: np.ndarray, limits: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Move points (N, 3) one Newton step towards the zero surface, none by more than its limit (N,).

    Returns
    -------
    points, gradients : (N, 3) float64
        The gradients are those before the step.
    """
    values, gradient = distance(points.astype(np.float32))
    square = np.maximum((gradient.astype(np.float64) ** 2).sum(axis=1), MIN_GRADIENT**2)
    move = -(values / square)[:, None] * gradient
    near = np.linalg.norm(move, axis=1) <= limits
    return points + np.where(near[:, None], move, 0), gradient.astype(np.float64)


def unfold(points: np.ndarray, faces: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Smooth the vertices of faces that are turned inside out, as the field's gradients (V, 3) tell."""
    neighbours = unique_edges(faces)
    ends = np.concatenate([neighbours, neighbours[:, ::-1]])
    degree = np.maximum(np.bincount(ends[:, 0], minlength=len(points)), 1)[:, None]
    outward = gradients[faces].mean(axis=1)
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-12)
    for _ in range(UNFOLD_ROUNDS):
        normals, _ = face_normals_and_areas(points, faces)
        inverted = (normals * outward).sum(axis=1) < INVERTED
        if not inverted.any():
            break
        moved = np.unique(faces[inverted])
        mean = np.stack([np.bincount(ends[:, 0], x[ends[:, 1]], minlength=len(points)) for x in points.T], 1)
        points = points.copy()
        points[moved] = 0.5 * points[moved] + 0.5 * (mean / degree)[moved]
    return points


def mean_edge_lengths(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return the mean length (V,) of the edges at each vertex."""
    a, b = unique_edges(faces).T
    length = np.linalg.norm(vertices[a] - vertices[b], axis=1)
    ends = np.concatenate([a, b])
    sums = np.bincount(ends, np.tile(length, 2), minlength=len(vertices))
    return np.asarray(sums / np.maximum(np.bincount(ends, minlength=len(vertices)), 1))


def relax(vertices: np.ndarray, faces: np.ndarray, edge_length: np.ndarray) -> np.ndarray:
    """Move vertices once, in their tangent planes, towards the centroids of their faces.

    Faces count by area and density (Dunyach et al., "Adaptive remeshing for real-time mesh deformation",
    2013), so that edges keep their target lengths. A vertex stays where its move would flip a face.

    Parameters
    ----------
    vertices : (V, 3) float
    faces : (F, 3) int
    edge_length : (V,) float
        Wanted length of the edges at each vertex.
    """
    points = vertices.astype(np.float64)
    count = len(points)
    density = edge_length[faces].mean(axis=1) ** -2.0
    corners = faces.ravel()
    before, areas = face_normals_and_areas(points, faces)
    weight = np.repeat(areas * density, 3)
    centres = np.repeat(points[faces].mean(axis=1), 3, axis=0)
    total = np.maximum(np.bincount(corners, weight, minlength=count), 1e-30)
    target = np.stack([np.bincount(corners, weight * x, minlength=count) for x in centres.T], axis=1)
    move = target / total[:, None] - points
    normals = vertex_normals(points, faces)
    move -= normals * (move * normals).sum(axis=1, keepdims=True)
    flatness = np.ones(count)
    np.minimum.at(flatness, corners, (np.repeat(before, 3, axis=0) * normals[corners]).sum(axis=1))
    share = np.clip((flatness - SHARP) / (FLAT - SHARP), 0, 1)
    moved = points + STEP * share[:, None] * move
    after, _ = face_normals_and_areas(moved, faces)
    flipped = (before * after).sum(axis=1) < MIN_TURN_COSINE
    stays = np.zeros(count, dtype=bool)
    stays[faces[flipped].ravel()] = True
    return np.where(stays[:, None], points, moved)
