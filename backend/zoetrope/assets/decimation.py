"""Decimation of a closed surface, and what may be lost by it: parts, holes, thin limbs."""

from dataclasses import dataclass

import igl
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from zoetrope.geometry.mesh_properties import unique_edges, vertex_normals

MIN_PART_FACES = 80
"""Faces that a part keeps at least, where it has as many: an eye stays round."""
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


def decimate(vertices: np.ndarray, faces: np.ndarray, max_faces: int) -> tuple[np.ndarray, np.ndarray]:
    """Reduce a closed mesh to a face budget by quadric edge collapse (Garland and Heckbert 1997, libigl).

    The error is an area times a squared distance, so curved places, a face or a foot, keep more faces than
    flat ones. Parts that would be left with fewer than `MIN_PART_FACES` are decimated on their own.

    Returns
    -------
    vertices, faces : (V', 3) float64, (F', 3) int64
    """
    points, faces = np.asarray(vertices, np.float64), np.asarray(faces, np.int64)
    part = face_parts(faces, len(points))
    sizes = np.bincount(part)
    if len(sizes) == 1:
        return _qslim(points, faces, max_faces)
    reduced, left = _qslim(points, faces, max_faces)
    shares = sizes * max_faces / sizes.sum()
    if len(np.bincount(face_parts(left, len(reduced)))) == len(sizes):
        counts = _faces_of_parts(points, part, faces, reduced, left)
        if (counts >= np.minimum(MIN_PART_FACES, sizes)).all():
            return reduced, left
        shares = counts
    return _decimate_parts(points, faces, part, shares, max_faces)


def _decimate_parts(
    points: np.ndarray, faces: np.ndarray, part: np.ndarray, shares: np.ndarray, max_faces: int
) -> tuple[np.ndarray, np.ndarray]:
    """Decimate each part to its share of the budget, and to no fewer than `MIN_PART_FACES`."""
    sizes = np.bincount(part)
    least = np.minimum(MIN_PART_FACES, sizes)
    free = shares > least
    budget = np.where(free, np.maximum(shares, least), least).astype(float)
    if free.any():
        budget[free] *= max(0.0, max_faces - least[~free].sum()) / budget[free].sum()
    all_points, all_faces, offset = [], [], 0
    for index, wanted in enumerate(np.maximum(budget, least).round().astype(int)):
        used, own = np.unique(faces[part == index], return_inverse=True)
        one, left = points[used], own.reshape(-1, 3)
        if len(left) > wanted:
            one, left = _qslim(one, left, int(wanted))
        all_points.append(one)
        all_faces.append(left + offset)
        offset += len(one)
    return np.concatenate(all_points), np.concatenate(all_faces)


def _qslim(points: np.ndarray, faces: np.ndarray, max_faces: int) -> tuple[np.ndarray, np.ndarray]:
    reduced, left, _, _ = igl.qslim(np.asfortranarray(points), np.asfortranarray(faces), max_faces)
    return np.asarray(reduced, np.float64), np.asarray(left, np.int64)


def _faces_of_parts(
    points: np.ndarray, part: np.ndarray, faces: np.ndarray, reduced: np.ndarray, left: np.ndarray
) -> np.ndarray:
    """Return how many faces each part is left with."""
    coarse = face_parts(left, len(reduced))
    _, nearest = KDTree(points[faces].mean(axis=1)).query(reduced[left].mean(axis=1))
    count = int(part.max()) + 1
    votes = np.zeros((int(coarse.max()) + 1, count))
    np.add.at(votes, (coarse, part[nearest]), 1)
    return np.bincount(votes.argmax(axis=1), np.bincount(coarse), minlength=count)


def face_parts(faces: np.ndarray, count: int) -> np.ndarray:
    """Return the connected part (F,) of each face of a mesh with `count` vertices, from 0."""
    links = np.concatenate([faces[:, :2], faces[:, 1:]])
    graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(count, count))
    _, component = connected_components(graph, directed=False)
    return np.asarray(np.unique(component[faces[:, 0]], return_inverse=True)[1])


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
