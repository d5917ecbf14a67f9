"""The cotangent Laplacian of a triangle mesh with loose parts: its edges and their weights; heat diffusion.

Pinkall and Polthier, "Computing Discrete Minimal Surfaces and Their Conjugates" (1993); Botsch et al.,
"Polygon Mesh Processing" (2010), section 3.3.
"""

import igl
import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from zoetrope.geometry.mesh_properties import face_normals_and_areas, vertex_areas

MIN_WEIGHT, MAX_WEIGHT = 0.05, 5.0
"""Bounds of an edge's cotangent weight, which is negative at obtuse angles and unbounded at slivers."""
LINK_WEIGHT = 2.0
"""Weight of the edges between loose parts; an edge of a regular triangulation has 0.58."""
MIN_AREA = 1e-3
"""Share of the mean area. Vertices without faces, or with slivers only, have at least this area."""


def weighted_edges(rest: np.ndarray, faces: np.ndarray, links: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return edges (E, 2) of a mesh and their weights (E,).

    Parameters
    ----------
    rest : (V, 3) float64
    faces : (F, 3) int
    links : (L, 2) int
        Edges between loose parts; the last ones of the result.
    """
    cotangents = sp.triu(igl.cotmatrix(rest, faces.astype(np.int64)), 1).tocoo()
    edges = np.stack([cotangents.row, cotangents.col], axis=1)
    weights = np.clip(np.nan_to_num(cotangents.data, nan=MIN_WEIGHT), MIN_WEIGHT, MAX_WEIGHT)
    return (
        np.concatenate([edges, links]).astype(np.int64),
        np.concatenate([weights, np.full(len(links), LINK_WEIGHT)]),
    )


def diffuse(
    values: np.ndarray, rest: np.ndarray, faces: np.ndarray, links: np.ndarray, length: float
) -> np.ndarray:
    """Smooth values on a mesh by one implicit step of the heat equation, at any density of vertices.

    Desbrun et al., "Implicit Fairing of Irregular Meshes" (SIGGRAPH 1999), equation 9.

    Parameters
    ----------
    values : (V, C) float
    rest, faces, links
        As for `weighted_edges`.
    length : float
        Square root of the step's duration: features of this size are smoothed away.

    Returns
    -------
    (V, C) float64
        Between the least and the greatest value of each column.
    """
    (a, b), weights = (array.T for array in weighted_edges(rest, faces, links))
    count = len(rest)
    graph = sp.csr_array((np.tile(weights, 2), (np.append(a, b), np.append(b, a))), shape=(count, count))
    laplacian = sp.diags_array(np.asarray(graph.sum(axis=1)).ravel()) - graph
    _, face_areas = face_normals_and_areas(rest, faces)
    area = face_areas.sum() * vertex_areas(rest, faces)
    area = np.maximum(area, MIN_AREA * area.mean())
    # The default ordering: minimum degree took 50 times as long on large meshes.
    solver = splu((sp.diags_array(area) + length**2 * laplacian).tocsc())
    return np.asarray(solver.solve(area[:, None] * values))
