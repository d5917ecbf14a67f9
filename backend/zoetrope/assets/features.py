"""What of a surface may be lost by decimation: parts, holes, thin limbs."""

from dataclasses import dataclass

import igl
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from zoetrope.geometry.mesh_properties import unique_edges, vertex_normals

THIN = 0.02
"""Share of the diagonal: half the thickness below which a part is thin (legs, horns, ears, fins)."""
FITTING_SHARE = 0.8
"""Of the radius: a ball does not fit where another vertex is nearer to its centre than that."""
MIN_THIN_SHARE = 0.0005
"""Share of the vertices: smaller thin regions do not count."""
LOST_DISTANCE = 0.012
"""Share of the diagonal: a thin region that reaches further from the coarse mesh has lost a piece."""


@dataclass(frozen=True)
class PartCount:
    """What a mesh consists of: parts, Euler characteristic (2 a part, less 2 a handle), thin regions."""

    parts: int
    euler: int
    thin: int


def euler_characteristic(faces: np.ndarray) -> int:
    """Return vertices - edges + faces."""
    return len(np.unique(faces)) - len(unique_edges(faces)) + len(faces)


def thin_regions(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return the thin region (V,) that each vertex belongs to, from 0; -1 where the body is thick.

    A vertex is thin where the ball of radius `THIN` that touches it from inside does not fit.
    """
    points = np.asarray(vertices, np.float64)
    diagonal = float(np.linalg.norm(np.ptp(points, axis=0)))
    depth = THIN * diagonal
    centres = points - depth * vertex_normals(points, faces)
    distance, _ = KDTree(points).query(centres, distance_upper_bound=depth)
    thin = np.asarray(distance) < FITTING_SHARE * depth
    edges = unique_edges(faces)
    edges = edges[thin[edges].all(axis=1)]
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(len(points),) * 2)
    _, component = connected_components(graph, directed=False)
    share = np.bincount(component) / len(points)
    kept = np.flatnonzero(share >= MIN_THIN_SHARE)
    names = np.full(len(share), -1)
    names[kept] = np.arange(len(kept))
    return np.where(thin, names[component], -1)


def lost_regions(full: np.ndarray, regions: np.ndarray, vertices: np.ndarray, faces: np.ndarray) -> int:
    """Return how many thin regions (V,) of the full surface (V, 3) the coarse mesh has lost a piece of."""
    inside = regions >= 0
    if not inside.any():
        return 0
    square, _, _ = igl.point_mesh_squared_distance(
        np.ascontiguousarray(full[inside], np.float64),
        np.ascontiguousarray(vertices),
        np.ascontiguousarray(faces),
    )
    diagonal = float(np.linalg.norm(np.ptp(full, axis=0)))
    farthest = np.zeros(int(regions.max()) + 1)
    np.maximum.at(farthest, regions[inside], np.sqrt(square))
    return int((farthest > LOST_DISTANCE * diagonal).sum())
