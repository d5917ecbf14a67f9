"""Collapse of the short edges that marching cubes leaves (slivers), without changing the topology."""

import numpy as np
from scipy.sparse import csr_array

from zoetrope.geometry.edge_table import edge_table

ROUNDS = 8
"""Each round collapses a set of edges that do not influence each other."""
MIN_COSINE = 0.2
"""Between the normal of a moved face and that of the removed vertex; below it, the face counts as flipped."""
MIN_CHANGE = 1e-4
"""Share of the median face normal's length; a face whose normal changes less cannot be flipped."""


def collapse_short_edges(
    vertices: np.ndarray, faces: np.ndarray, min_length: float
) -> tuple[np.ndarray, np.ndarray]:
    """Collapse edges shorter than `min_length` where the mesh stays manifold and no face flips.

    Vertices do not move: one end of an edge is merged into the other, so all remaining vertices lie on the
    surface. The topology is preserved by the link condition of Dey et al. ("Topology preserving edge
    contraction", 1999).

    Parameters
    ----------
    vertices : (V, 3) float
    faces : (F, 3) int
    min_length : float
        In the vertices' unit.

    Returns
    -------
    faces : (F', 3) int
        Over the same vertices; removed vertices are unreferenced.
    vertex_map : (V,) int
        The vertex that each vertex was merged into, or itself.
    """
    vertex_map = np.arange(len(vertices))
    for _ in range(ROUNDS):
        keep, drop = _collapsible(vertices, faces, min_length)
        if not len(drop):
            break
        step = np.arange(len(vertices))
        step[drop] = keep
        faces = step[faces]
        faces = faces[(faces != np.roll(faces, 1, axis=1)).all(axis=1)]
        vertex_map = step[vertex_map]
    return faces, vertex_map


def _collapsible(vertices: np.ndarray, faces: np.ndarray, min_length: float) -> tuple[np.ndarray, np.ndarray]:
    """Kept (N,) and dropped (N,) vertices of a set of edges that can all be collapsed at once."""
    count = len(vertices)
    table = edge_table(faces, count)
    edges, valence = table.ends, table.valence(count)
    length = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1)
    inner = (table.uses == 2) & ~table.boundary(count)[edges].any(axis=1)
    short = np.flatnonzero(inner & (length < min_length))
    if not len(short):
        return edges[:0, 0], edges[:0, 1]
    adjacency = csr_array(
        (np.ones(2 * len(edges), dtype=np.int32), (edges.ravel(), edges[:, ::-1].ravel())),
        shape=(count, count),
    )
    a, b = edges[short].T
    # link condition: the ends of an edge share exactly two neighbours
    short = short[np.asarray(adjacency[a].multiply(adjacency[b]).sum(axis=1)).ravel() == 2]
    # random order with a fixed seed, so that many edges of a row of short ones are chosen in one round
    short = np.random.default_rng(0).permutation(short)
    a, b = edges[short].T
    # prefer to drop the end with fewer neighbours: fewer faces move
    keep, drop = np.where(valence[a] < valence[b], [b, a], [a, b])
    preferred = ~flips_a_face(vertices, faces, keep, drop)
    reverse = ~flips_a_face(vertices, faces, drop, keep)
    keep, drop = np.where(preferred, [keep, drop], [drop, keep])
    chosen = preferred | reverse
    chosen[chosen] = independent_edges(edges[short[chosen]], edges, count)
    # the two opposite vertices lose a neighbour with each collapse, and must keep three
    across = np.roll(faces, -2, axis=1).T.ravel()[table.halves[short]]
    remaining = valence - np.bincount(across[chosen].ravel(), minlength=count)
    chosen &= (remaining[across] >= 3).all(axis=1)
    return keep[chosen], drop[chosen]


def independent_edges(chosen: np.ndarray, edges: np.ndarray, count: int) -> np.ndarray:
    """Mask of the chosen edges (N, 2) that neither touch nor neighbour an earlier one."""
    rank = np.arange(len(chosen))
    best = np.full(count, len(chosen))
    np.minimum.at(best, chosen.ravel(), np.repeat(rank, 2))
    around = best.copy()
    np.minimum.at(around, edges.ravel(), best[edges[:, ::-1]].ravel())
    return (around[chosen] == rank[:, None]).all(axis=1)


def flips_a_face(vertices: np.ndarray, faces: np.ndarray, keep: np.ndarray, drop: np.ndarray) -> np.ndarray:
    """For each edge on its own (N,): whether merging `drop` into `keep` flips or degenerates a face."""
    face_of = np.argsort(faces.ravel(), kind="stable") // 3  # faces of vertex 0, of vertex 1, ...
    uses = np.bincount(faces.ravel(), minlength=len(vertices))
    start = np.cumsum(uses) - uses
    if not len(drop):
        return np.zeros(0, dtype=bool)
    edge = np.repeat(np.arange(len(drop)), uses[drop])
    nth = np.arange(len(edge)) - np.repeat(np.cumsum(uses[drop]) - uses[drop], uses[drop])
    around = faces[face_of[start[drop[edge]] + nth]]
    moved = np.where(around == drop[edge][:, None], keep[edge][:, None], around)
    remains = (moved != np.roll(moved, 1, axis=1)).all(axis=1)
    old, new = _area_normals(vertices, around), _area_normals(vertices, moved)
    normal = np.stack([np.bincount(edge, old[:, i], minlength=len(drop)) for i in range(3)], axis=1)[edge]
    threshold = MIN_COSINE * np.linalg.norm(new, axis=1) * np.linalg.norm(normal, axis=1)
    # an edge of zero length changes nothing: faces that were degenerate before do not count
    changed = np.linalg.norm(new - old, axis=1) > MIN_CHANGE * np.median(np.linalg.norm(old, axis=1))
    flipped = remains & changed & (np.einsum("ij,ij->i", new, normal) <= threshold)
    return np.bincount(edge, flipped, minlength=len(drop)) > 0


def _area_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Face normals (F, 3) with twice the face's area as length."""
    a, b, c = (vertices[faces[:, i]].astype(np.float64) for i in range(3))
    return np.cross(b - a, c - a)
