"""Marching cubes' slivers: short edges are collapsed, many at once, without changing the topology."""

import numpy as np
from scipy.sparse import csr_array

ROUNDS = 8
LEAST_COSINE = 0.2  # between a moved face's normal and the normal of the vertex that went
UNCHANGED = 1e-4  # of the median face's area


def collapse_short_edges(
    vertices: np.ndarray, faces: np.ndarray, shortest: float
) -> tuple[np.ndarray, np.ndarray]:
    """Collapse edges shorter than `shortest`, where the manifold stays the same and no face turns over.

    Vertices do not move: of an edge's two, one stays where it is and the other goes, so what is left still
    lies on the surface. The link condition of Dey et al. ("Topology preserving edge contraction", 1999)
    guards the topology.

    Parameters
    ----------
    vertices : (V, 3) float
    faces : (F, 3) int
    shortest : float
        Length below which an edge goes, in the vertices' unit.

    Returns
    -------
    faces : (F', 3) int
        Over the same vertices; those that went are unreferenced.
    index : (V,) int
        The vertex that each vertex has become.
    """
    index = np.arange(len(vertices))
    for _ in range(ROUNDS):
        keep, drop = _collapsible(vertices, faces, shortest)
        if not len(drop):
            break
        step = np.arange(len(vertices))
        step[drop] = keep
        faces = step[faces]
        faces = faces[(faces != np.roll(faces, 1, axis=1)).all(axis=1)]
        index = step[index]
    return faces, index


def _collapsible(vertices: np.ndarray, faces: np.ndarray, shortest: float) -> tuple[np.ndarray, np.ndarray]:
    """Vertices that stay (N,) and go (N,): edges so far apart that all can be collapsed at once."""
    count = len(vertices)
    half = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).astype(np.int64)
    opposite = np.concatenate([faces[:, 2], faces[:, 0], faces[:, 1]])
    key = half.min(axis=1) * count + half.max(axis=1)
    order = np.argsort(key, kind="stable")
    _, first, uses = np.unique(key[order], return_index=True, return_counts=True)
    edges = np.sort(half[order[first]], axis=1)
    rim = np.zeros(count, dtype=bool)
    rim[edges[uses != 2]] = True
    length = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1)
    short = np.flatnonzero((uses == 2) & (length < shortest) & ~rim[edges].any(axis=1))
    if not len(short):
        return edges[:0, 0], edges[:0, 1]
    valence = np.bincount(edges.ravel(), minlength=count)
    ring = csr_array(
        (np.ones(2 * len(edges), dtype=np.int32), (edges.ravel(), edges[:, ::-1].ravel())),
        shape=(count, count),
    )
    a, b = edges[short].T
    short = short[np.asarray(ring[a].multiply(ring[b]).sum(axis=1)).ravel() == 2]
    # in random order (of a fixed seed): of neighbours in a row of short edges many can then go at once
    short = np.random.default_rng(0).permutation(short)
    a, b = edges[short].T
    # either end may go; better the one with fewer neighbours, for fewer faces move
    keep, drop = np.where(valence[a] < valence[b], [b, a], [a, b])
    first_way = ~_turns_over(vertices, faces, keep, drop)
    other_way = ~_turns_over(vertices, faces, drop, keep)
    keep, drop = np.where(first_way, [keep, drop], [drop, keep])
    chosen = first_way | other_way
    chosen[chosen] = _apart(edges[short[chosen]], edges, count)
    # the vertices across lose a neighbour with each collapse, and must keep three
    across = np.stack([opposite[order[first[short]]], opposite[order[first[short] + 1]]], axis=1)
    left = valence - np.bincount(across[chosen].ravel(), minlength=count)
    chosen &= (left[across] >= 3).all(axis=1)
    return keep[chosen], drop[chosen]


def _apart(chosen: np.ndarray, edges: np.ndarray, count: int) -> np.ndarray:
    """Of chosen edges (N, 2), the mask of those that no earlier one touches or neighbours."""
    rank = np.arange(len(chosen))
    best = np.full(count, len(chosen))
    np.minimum.at(best, chosen.ravel(), np.repeat(rank, 2))
    around = best.copy()
    np.minimum.at(around, edges.ravel(), best[edges[:, ::-1]].ravel())
    return (around[chosen] == rank[:, None]).all(axis=1)


def _turns_over(vertices: np.ndarray, faces: np.ndarray, keep: np.ndarray, drop: np.ndarray) -> np.ndarray:
    """For each edge by itself (N,): whether a face turns over or vanishes when `drop` becomes `keep`."""
    face_of = np.argsort(faces.ravel(), kind="stable") // 3  # faces of vertex 0, of vertex 1, ...
    uses = np.bincount(faces.ravel(), minlength=len(vertices))
    start = np.cumsum(uses) - uses
    if not len(drop):
        return np.zeros(0, dtype=bool)
    edge = np.repeat(np.arange(len(drop)), uses[drop])
    nth = np.arange(len(edge)) - np.repeat(np.cumsum(uses[drop]) - uses[drop], uses[drop])
    around = faces[face_of[start[drop[edge]] + nth]]
    moved = np.where(around == drop[edge][:, None], keep[edge][:, None], around)
    stays = (moved != np.roll(moved, 1, axis=1)).all(axis=1)
    old, new = _normals(vertices, around), _normals(vertices, moved)
    normal = np.stack([np.bincount(edge, old[:, i], minlength=len(drop)) for i in range(3)], axis=1)[edge]
    least = LEAST_COSINE * np.linalg.norm(new, axis=1) * np.linalg.norm(normal, axis=1)
    # where an edge has no length nothing moves: faces without area stay as bad as they were
    changed = np.linalg.norm(new - old, axis=1) > UNCHANGED * np.median(np.linalg.norm(old, axis=1))
    turned = stays & changed & (np.einsum("ij,ij->i", new, normal) <= least)
    return np.bincount(edge, turned, minlength=len(drop)) > 0


def _normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Face normals (F, 3), twice the area long."""
    a, b, c = (vertices[faces[:, i]].astype(np.float64) for i in range(3))
    return np.cross(b - a, c - a)
