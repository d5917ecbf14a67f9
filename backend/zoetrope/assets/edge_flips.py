"""Edge flips towards a Delaunay triangulation of a surface."""

import numpy as np

from zoetrope.geometry.mesh_properties import face_normals_and_areas

MAX_ROUNDS = 12
"""Each round flips a set of edges that share no vertex and no opposite vertex."""
MIN_ANGLE_EXCESS = 0.05
"""Radians above pi of the two angles opposite an edge, from which it is flipped."""
MIN_COSINE = 0.85
"""Between the normals of an edge's two faces, before and after: sharper edges are features and stay."""
MIN_VALENCE = 3
"""Fewest neighbours that the ends of a flipped edge are left with."""


def flip_edges(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Flip edges whose opposite angles add up to more than pi, where the surface stays manifold and even.

    Parameters
    ----------
    vertices : (V, 3) float
    faces : (F, 3) int
        Manifold, wound consistently.

    Returns
    -------
    (F, 3) int64
    """
    points, faces = vertices.astype(np.float64), faces.astype(np.int64).copy()
    for _ in range(MAX_ROUNDS):
        flips = _independent_flips(points, faces)
        if not len(flips[0]):
            break
        one, other, a, b, c, d = flips
        faces[one] = np.stack([c, a, d], axis=1)
        faces[other] = np.stack([d, b, c], axis=1)
    return faces


def _independent_flips(points: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return, of edges to flip at once, both faces, ends a, b (in the first face's order), opposite c, d."""
    count = len(points)
    start, end = faces.T.ravel(), np.roll(faces, -1, axis=1).T.ravel()
    apex = np.roll(faces, -2, axis=1).T.ravel()
    key = np.minimum(start, end) * count + np.maximum(start, end)
    order = np.argsort(key, kind="stable")
    keys = key[order]
    first = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    uses = np.diff(np.r_[first, len(keys)])
    existing = keys[first]
    first = first[uses == 2]
    one, other = order[first], order[first + 1]
    a, b, c, d = start[one], end[one], apex[one], apex[other]
    excess = _angle(points, a, b, c) + _angle(points, a, b, d) - np.pi
    bent = np.flatnonzero((excess > MIN_ANGLE_EXCESS) & (c != d))
    if not len(bent):
        return (bent,) * 6
    a, b, c, d, one, other, excess = (x[bent] for x in (a, b, c, d, one, other, excess))
    normals, _ = face_normals_and_areas(points, faces)
    before = normals[one % len(faces)], normals[other % len(faces)]
    after = _normal(points, c, a, d), _normal(points, d, b, c)
    smooth = _cosine(*before) > MIN_COSINE
    for new in after:
        smooth &= (_cosine(new, before[0]) > MIN_COSINE) & (_cosine(new, before[1]) > MIN_COSINE)
    valence = np.bincount(np.concatenate([existing // count, existing % count]), minlength=count)
    smooth &= (valence[a] > MIN_VALENCE) & (valence[b] > MIN_VALENCE)
    smooth &= ~np.isin(np.minimum(c, d) * count + np.maximum(c, d), existing)
    kept = np.flatnonzero(smooth)
    kept = kept[np.argsort(-excess[kept], kind="stable")]
    around = np.stack([a, b, c, d], axis=1)[kept]
    rank = np.arange(len(kept))
    best = np.full(count, len(kept))
    np.minimum.at(best, around.ravel(), np.repeat(rank, 4))
    kept = kept[(best[around] == rank[:, None]).all(axis=1)]
    return (one[kept] % len(faces), other[kept] % len(faces), a[kept], b[kept], c[kept], d[kept])


def _angle(points: np.ndarray, a: np.ndarray, b: np.ndarray, apex: np.ndarray) -> np.ndarray:
    one, other = points[a] - points[apex], points[b] - points[apex]
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return np.asarray(np.arccos(np.clip((one * other).sum(1) / np.maximum(lengths, 1e-20), -1, 1)))


def _normal(points: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    return face_normals_and_areas(points, np.stack([a, b, c], axis=1))[0]


def _cosine(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.asarray((one * other).sum(axis=1))
