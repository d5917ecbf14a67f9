"""Half-edge collapses in the order of their quadric error: decimation whose record gives levels of detail.

Garland and Heckbert, "Surface Simplification Using Quadric Error Metrics" (1997), with subset placement: one
end of an edge is merged into the other, so every vertex of a coarser mesh is one of the finer mesh. In each
round a set of cheap edges that do not influence each other is collapsed at once. The link condition (Dey et
al., "Topology preserving edge contraction", 1999) keeps genus, boundaries and the number of parts.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from zoetrope.geometry.edge_collapse import flips_a_face, independent_edges
from zoetrope.geometry.mesh_properties import face_normals_and_areas

EDGE_SHARE = 0.002
"""Weight of an edge's squared length beside the quadric error: keeps triangles even where it is flat."""
CANDIDATES = 0.3
"""Share of the edges, the cheapest, that a round chooses from."""
MIN_VALENCE = 3
"""Fewest neighbours that the two vertices across a collapsed edge are left with."""
MAX_ROUNDS = 200
ROUND_SHARE = 0.1
"""Share of the vertices that one round removes at most."""


@dataclass(frozen=True)
class Collapses:
    """Record of collapses, in order.

    Parameters
    ----------
    dropped, kept : (N,) int
        Vertices: collapse i merges `dropped[i]` into `kept[i]`.
    faces_left : (N,) int
        Faces after each collapse.
    dropped_corners, kept_corners : (N, 2) int
        The same of the texture vertices, one a side of the edge.
    """

    dropped: np.ndarray
    kept: np.ndarray
    faces_left: np.ndarray
    dropped_corners: np.ndarray
    kept_corners: np.ndarray

    def prefix(self, max_faces: int) -> int:
        """Return the number of collapses after which at most `max_faces` are left, else all of them."""
        return min(len(self.dropped), int(np.searchsorted(-self.faces_left, -max_faces)) + 1)

    def replay(
        self, faces: np.ndarray, corners: np.ndarray, count: int, vertices: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the faces (F', 3) and texture vertices (F', 3) that the first `count` collapses leave.

        Indices are those of the mesh that was collapsed, which has `vertices` vertices.
        """
        merged = resolve_merges(self.dropped[:count], self.kept[:count], vertices)
        texture = resolve_merges(
            self.dropped_corners[:count].ravel(), self.kept_corners[:count].ravel(), int(corners.max()) + 1
        )
        faces = merged[faces]
        left = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
        return faces[left], texture[corners[left]]


def resolve_merges(dropped: np.ndarray, kept: np.ndarray, count: int) -> np.ndarray:
    """Return what each of `count` indices is merged into, in the end."""
    merged = np.arange(count)
    merged[dropped] = kept
    while True:
        further = merged[merged]
        if (further == merged).all():
            return merged
        merged = further


def collapse_edges(
    vertices: np.ndarray,
    faces: np.ndarray,
    max_faces: int,
    *,
    corners: np.ndarray | None = None,
    coordinates: np.ndarray | None = None,
) -> Collapses:
    """Collapse edges until at most `max_faces` are left, or no edge can be collapsed.

    Parameters
    ----------
    vertices : (V, 3) float
    faces : (F, 3) int
        Manifold, with or without boundary; boundary edges stay.
    max_faces : int
    corners : (F, 3) int, optional
        Texture vertex of each corner. A vertex on a seam is merged along the seam only; ends of seams stay.
    coordinates : (N, 2) float, optional
        Of the texture vertices: no collapse turns a face over in the texture.
    """
    points = vertices.astype(np.float64)
    faces = faces.astype(np.int64)
    corners = faces if corners is None else corners.astype(np.int64)
    normals, areas = face_normals_and_areas(points, faces)
    quadrics, mass = _vertex_quadrics(points, faces, normals, areas)
    blocked = np.zeros(0, dtype=np.int64)
    record: list[list[np.ndarray]] = [[], [], [], [], []]
    left = len(faces)
    for _ in range(MAX_ROUNDS):
        if left <= max_faces:
            break
        edges = _edges(faces, corners, len(points))
        keep, drop, edge = _cheapest(points, edges, quadrics, mass, blocked)
        chosen = independent_edges(edges.ends[edge], edges.ends, len(points))
        keep, drop, edge = keep[chosen], drop[chosen], edge[chosen]
        most = max(16, int(ROUND_SHARE * len(edges.ends) / 3))
        keep, drop, edge = keep[:most], drop[:most], edge[:most]
        valid = _valid(points, faces, edges, keep, drop, edge)
        drop_corner, keep_corner = edges.corners_of(edge, faces, corners, keep)
        if coordinates is not None:
            valid &= ~_turns_over(coordinates, corners, drop_corner, keep_corner)
        bad = edge[~valid]
        blocked = np.concatenate([blocked, edges.keys[bad]])
        chosen = np.flatnonzero(valid)[: (left - max_faces + 1) // 2]
        keep, drop = keep[chosen], drop[chosen]
        drop_corner, keep_corner = drop_corner[chosen], keep_corner[chosen]
        if not len(drop):
            if not len(bad):
                break
            continue
        blocked = blocked[~np.isin(blocked // len(points), drop) & ~np.isin(blocked % len(points), drop)]
        quadrics[keep] += quadrics[drop]
        mass[keep] += mass[drop]
        step = np.arange(len(points))
        step[drop] = keep
        texture = np.arange(int(corners.max()) + 1)
        texture[drop_corner] = keep_corner
        faces, corners = step[faces], texture[corners]
        remains = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
        faces, corners = faces[remains], corners[remains]
        after = left - 2 * (1 + np.arange(len(drop)))
        left = len(faces)
        for part, value in zip(record, (drop, keep, after, drop_corner, keep_corner), strict=True):
            part.append(value)
    empty = np.zeros(0, dtype=np.int64)
    pairs = np.zeros((0, 2), dtype=np.int64)
    starts = (empty, empty, empty, pairs, pairs)
    return Collapses(*(np.concatenate([start, *part]) for start, part in zip(starts, record, strict=True)))


@dataclass(frozen=True)
class _Edges:
    """Interior edges of a mesh.

    ends : (E, 2) vertices, the lower first. keys : (E,) int, lower * V + higher. faces : (E, 2), both faces.
    seam : (E,) bool. seams_at : (V,) number of seam edges. boundary : (V,) bool, whether it lies on one.
    valence : (V,) int.
    """

    ends: np.ndarray
    keys: np.ndarray
    faces: np.ndarray
    seam: np.ndarray
    seams_at: np.ndarray
    boundary: np.ndarray
    valence: np.ndarray

    def corners_of(
        self, edge: np.ndarray, faces: np.ndarray, corners: np.ndarray, keep: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the texture vertices (N, 2) that are dropped and kept on both sides of edges (N,)."""
        around, texture = faces[self.faces[edge]], corners[self.faces[edge]]
        is_kept = around == keep[:, None, None]
        is_end = (around == self.ends[edge, :1, None]) | (around == self.ends[edge, 1:, None])
        kept = np.take_along_axis(texture, is_kept.argmax(-1)[..., None], -1)[..., 0]
        dropped = np.take_along_axis(texture, (is_end & ~is_kept).argmax(-1)[..., None], -1)[..., 0]
        return dropped, kept


def _edges(faces: np.ndarray, corners: np.ndarray, count: int) -> _Edges:
    start = faces.T.ravel()
    end = np.roll(faces, -1, axis=1).T.ravel()
    key = np.minimum(start, end) * count + np.maximum(start, end)
    order = np.argsort(key, kind="stable")
    keys = key[order]
    first = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    uses = np.diff(np.r_[first, len(keys)])
    ends = np.stack([keys[first] // count, keys[first] % count], axis=1)
    boundary = np.zeros(count, dtype=bool)
    boundary[ends[uses != 2]] = True
    valence = np.bincount(ends.ravel(), minlength=count)
    inner = first[uses == 2]
    ends, keys = ends[uses == 2], keys[inner]
    one, other = order[inner], order[inner + 1]
    texture_start, texture_end = corners.T.ravel(), np.roll(corners, -1, axis=1).T.ravel()
    seam = (texture_start[one] != texture_end[other]) | (texture_end[one] != texture_start[other])
    seams_at = np.bincount(ends[seam].ravel(), minlength=count)
    return _Edges(
        ends,
        keys,
        np.stack([one % len(faces), other % len(faces)], axis=1),
        seam,
        seams_at,
        boundary,
        valence,
    )


def _vertex_quadrics(
    points: np.ndarray, faces: np.ndarray, normals: np.ndarray, areas: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the quadrics (V, 10), upper triangles, of the planes of each vertex's faces, and areas (V,)."""
    plane = np.concatenate([normals, -(normals * points[faces[:, 0]]).sum(1, keepdims=True)], axis=1)
    upper = np.triu_indices(4)
    products = (areas / 3)[:, None] * plane[:, upper[0]] * plane[:, upper[1]]
    count = len(points)
    sums = np.stack(
        [np.bincount(faces.ravel(), np.repeat(p, 3), minlength=count) for p in products.T], axis=1
    )
    return sums, np.bincount(faces.ravel(), np.repeat(areas / 3, 3), minlength=count)


def _quadric_error(quadrics: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the error (N,) of quadrics (N, 10), upper triangles, at points (N, 3)."""
    x, y, z = points.T
    a = quadrics.T
    return (
        a[0] * x * x
        + a[4] * y * y
        + a[7] * z * z
        + a[9]
        + 2 * (a[1] * x * y + a[2] * x * z + a[5] * y * z + a[3] * x + a[6] * y + a[8] * z)
    )


def _cheapest(
    points: np.ndarray,
    edges: _Edges,
    quadrics: np.ndarray,
    mass: np.ndarray,
    blocked: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return kept and dropped vertices (N,) and index of the cheapest edges, the cheapest first."""
    a, b = edges.ends.T
    sums = quadrics[a] + quadrics[b]
    area = mass[a] + mass[b]
    length = ((points[a] - points[b]) ** 2).sum(axis=1)
    common = EDGE_SHARE * area * length
    cost = np.stack([_quadric_error(sums, points[b]), _quadric_error(sums, points[a])], axis=1)
    cost = np.maximum(cost, 0) + common[:, None]
    for side, dropped in enumerate((a, b)):  # column 0 drops a and keeps b
        on_seam = edges.seams_at[dropped]
        free = (on_seam == 0) | ((on_seam == 2) & edges.seam)
        cost[~free | edges.boundary[dropped], side] = np.inf
    drops_b = cost[:, 1] < cost[:, 0]
    best = np.where(drops_b, cost[:, 1], cost[:, 0])
    if len(blocked):
        best[np.isin(edges.keys, blocked)] = np.inf
    count = min(max(32, int(CANDIDATES * len(best))), len(best))
    order = np.argpartition(best, count - 1)[:count] if count < len(best) else np.arange(len(best))
    order = order[np.argsort(best[order], kind="stable")]
    order = order[np.isfinite(best[order])]
    keep, drop = np.where(drops_b[order], a[order], b[order]), np.where(drops_b[order], b[order], a[order])
    return keep, drop, order


def _valid(
    points: np.ndarray,
    faces: np.ndarray,
    edges: _Edges,
    keep: np.ndarray,
    drop: np.ndarray,
    edge: np.ndarray,
) -> np.ndarray:
    """Mask of the collapses (N,) that keep the mesh manifold and flip no face."""
    count = len(points)
    ends = edges.ends
    adjacency = csr_array(
        (np.ones(2 * len(ends), dtype=np.int32), (ends.ravel(), ends[:, ::-1].ravel())), shape=(count, count)
    )
    shared: np.ndarray = np.asarray(adjacency[keep].multiply(adjacency[drop]).sum(axis=1)).ravel()
    valid = shared == 2
    around = faces[edges.faces[edge]]
    across = around.sum(axis=-1) - keep[:, None] - drop[:, None]
    valid &= (edges.valence[across] > MIN_VALENCE).all(axis=1)
    valid &= ~flips_a_face(points, faces, keep, drop)
    return valid


def _turns_over(
    coordinates: np.ndarray, corners: np.ndarray, dropped: np.ndarray, kept: np.ndarray
) -> np.ndarray:
    """Mask of the collapses (N,) of texture vertices (N, 2), one a side, that turn a face of it over."""
    merged = np.arange(len(coordinates))
    merged[dropped] = kept
    collapse = np.full(len(coordinates), -1)
    collapse[dropped] = np.arange(len(dropped))[:, None]
    touched = collapse[corners].max(axis=1)
    around = corners[touched >= 0]
    touched = touched[touched >= 0]
    after = merged[around]
    remains = (after != np.roll(after, 1, axis=1)).all(axis=1)
    flat = coordinates.astype(np.float64)
    turned = remains & (_signed_areas(flat[after]) * np.sign(_signed_areas(flat[around])) <= 0)
    return np.asarray(np.bincount(touched, turned, minlength=len(dropped)) > 0)


def _signed_areas(triangles: np.ndarray) -> np.ndarray:
    one, other = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    return np.asarray(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0])
