"""Decimation of a closed surface; small parts keep enough faces to stay round."""

import igl
import numpy as np
from scipy.spatial import KDTree

from zoetrope.geometry.mesh_properties import MeshArrays, face_components

MIN_PART_FACES = 80
"""Faces that a part keeps at least, where it has as many: an eye stays round."""


def decimate(vertices: np.ndarray, faces: np.ndarray, max_faces: int) -> MeshArrays:
    """Reduce a closed mesh to a face budget by quadric edge collapse (Garland and Heckbert 1997, libigl).

    The error is an area times a squared distance, so curved places, a face or a foot, keep more faces than
    flat ones. Parts that would be left with fewer than `MIN_PART_FACES` are decimated on their own.

    Returns
    -------
    vertices, faces : (V', 3) float64, (F', 3) int64
    """
    points, faces = np.asarray(vertices, np.float64), np.asarray(faces, np.int64)
    part = face_components(faces, len(points))
    sizes = np.bincount(part)
    if len(sizes) == 1:
        return _qslim(points, faces, max_faces)
    reduced, left = _qslim(points, faces, max_faces)
    shares = sizes * max_faces / sizes.sum()
    if len(np.bincount(face_components(left, len(reduced)))) == len(sizes):
        counts = _faces_of_parts(points, part, faces, reduced, left)
        if (counts >= np.minimum(MIN_PART_FACES, sizes)).all():
            return reduced, left
        shares = counts
    return _decimate_parts(points, faces, part, shares, max_faces)


def _decimate_parts(
    points: np.ndarray, faces: np.ndarray, part: np.ndarray, shares: np.ndarray, max_faces: int
) -> MeshArrays:
    """Decimate each part to its share of the budget, and to no fewer than `MIN_PART_FACES`."""
    sizes = np.bincount(part)
    least = np.minimum(MIN_PART_FACES, sizes)
    free = shares > least
    budget = np.where(free, np.maximum(shares, least), least).astype(float)
    if free.any():
        budget[free] *= max(0.0, max_faces - least[~free].sum()) / budget[free].sum()
    all_points, all_faces, offset = [], [], 0
    for index, target in enumerate(np.maximum(budget, least).round().astype(int)):
        used, own = np.unique(faces[part == index], return_inverse=True)
        one, left = points[used], own.reshape(-1, 3)
        if len(left) > target:
            one, left = _qslim(one, left, int(target))
        all_points.append(one)
        all_faces.append(left + offset)
        offset += len(one)
    return np.concatenate(all_points), np.concatenate(all_faces)


def _qslim(points: np.ndarray, faces: np.ndarray, max_faces: int) -> MeshArrays:
    reduced, left, _, _ = igl.qslim(np.asfortranarray(points), np.asfortranarray(faces), max_faces)
    return np.asarray(reduced, np.float64), np.asarray(left, np.int64)


def _faces_of_parts(
    points: np.ndarray, part: np.ndarray, faces: np.ndarray, reduced: np.ndarray, left: np.ndarray
) -> np.ndarray:
    """Return how many faces each part is left with."""
    coarse = face_components(left, len(reduced))
    _, nearest = KDTree(points[faces].mean(axis=1)).query(reduced[left].mean(axis=1))
    count = int(part.max()) + 1
    votes = np.zeros((int(coarse.max()) + 1, count))
    np.add.at(votes, (coarse, part[nearest]), 1)
    return np.bincount(votes.argmax(axis=1), np.bincount(coarse), minlength=count)
