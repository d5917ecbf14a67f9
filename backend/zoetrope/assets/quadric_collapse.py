"""Half-edge collapses in the order of their quadric error: decimation whose record gives levels of detail.

Garland and Heckbert, "Surface Simplification Using Quadric Error Metrics" (1997), with subset placement: one
end of an edge is merged into the other, so every vertex of a coarser mesh is one of the finer mesh. In each
round a set of cheap edges that do not influence each other is collapsed at once. The link condition (Dey et
al., "Topology preserving edge contraction", 1999) keeps genus, boundaries and the number of parts.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from zoetrope.geometry.edge_collapse import flips_a_face, independent_edges
from zoetrope.geometry.edge_table import edge_table
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
    faces_left : (N + 1,) int
        Faces before the first collapse and after each.
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
        return min(len(self.dropped), int(np.searchsorted(-self.faces_left, -max_faces)))

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
    mesh = _CollapsingMesh(vertices, faces, faces if corners is None else corners, coordinates)
    for _ in range(MAX_ROUNDS):
        if len(mesh.faces) <= max_faces or not mesh.collapse_some(max_faces):
            break
    return mesh.record()


class _Choice(NamedTuple):
    """Collapses of a round: kept and dropped vertices (N,), and the indices of their edges (N,)."""

    keep: np.ndarray
    drop: np.ndarray
    edge: np.ndarray

    def where(self, chosen: np.ndarray | slice) -> "_Choice":
        """Return the collapses of a mask, of indices or of a slice."""
        return _Choice(*(one[chosen] for one in self))


class _CollapsingMesh:
    """A mesh whose edges are being collapsed, and the record of it; parameters as of `collapse_edges`."""

    def __init__(
        self, vertices: np.ndarray, faces: np.ndarray, corners: np.ndarray, coordinates: np.ndarray | None
    ) -> None:
        self.points, self.coordinates = vertices.astype(np.float64), coordinates
        self.faces, self.corners = faces.astype(np.int64), corners.astype(np.int64)
        normals, areas = face_normals_and_areas(self.points, self.faces)
        self.quadrics, self.mass = _vertex_quadrics(self.points, self.faces, normals, areas)
        self.blocked = np.zeros(0, dtype=np.int64)
        empty, pairs = np.zeros(0, dtype=np.int64), np.zeros((0, 2), dtype=np.int64)
        self._record = [(empty, empty, np.array([len(faces)]), pairs, pairs)]

    def collapse_some(self, max_faces: int) -> bool:
        """Collapse cheap edges that do not influence each other; return whether a further round may."""
        edges = _edges(self.faces, self.corners, len(self.points))
        choice = _cheapest(self.points, edges, self.quadrics, self.mass, self.blocked)
        choice = choice.where(independent_edges(edges.ends[choice.edge], edges.ends, len(self.points)))
        choice = choice.where(slice(max(16, int(ROUND_SHARE * len(edges.ends) / 3))))
        valid = _valid(self.points, self.faces, edges, choice)
        dropped, kept = edges.corners_of(choice, self.faces, self.corners)
        if self.coordinates is not None:
            valid &= ~_turns_over(self.coordinates, self.corners, dropped, kept)
        self.blocked = np.concatenate([self.blocked, edges.keys[choice.edge[~valid]]])
        first = np.flatnonzero(valid)[: (len(self.faces) - max_faces + 1) // 2]
        if not len(first):
            return not valid.all()
        self._merge(choice.where(first), dropped[first], kept[first])
        return True

    def _merge(self, choice: _Choice, dropped_corners: np.ndarray, kept_corners: np.ndarray) -> None:
        keep, drop, count = choice.keep, choice.drop, len(self.points)
        touched = np.isin(self.blocked // count, drop) | np.isin(self.blocked % count, drop)
        self.blocked = self.blocked[~touched]
        self.quadrics[keep] += self.quadrics[drop]
        self.mass[keep] += self.mass[drop]
        after = len(self.faces) - 2 * (1 + np.arange(len(drop)))
        step, texture = np.arange(count), np.arange(int(self.corners.max()) + 1)
        step[drop], texture[dropped_corners] = keep, kept_corners
        faces, corners = step[self.faces], texture[self.corners]
        remains = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
        self.faces, self.corners = faces[remains], corners[remains]
        self._record.append((drop, keep, after, dropped_corners, kept_corners))

    def record(self) -> Collapses:
        """Return all collapses, in order."""
        return Collapses(*(np.concatenate(parts) for parts in zip(*self._record, strict=True)))


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
        self, choice: _Choice, faces: np.ndarray, corners: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the texture vertices (N, 2) that collapses drop and keep on both sides of their edges."""
        around, texture = faces[self.faces[choice.edge]], corners[self.faces[choice.edge]]
        is_kept = around == choice.keep[:, None, None]
        is_end = is_kept | (around == choice.drop[:, None, None])
        kept = np.take_along_axis(texture, is_kept.argmax(-1)[..., None], -1)[..., 0]
        dropped = np.take_along_axis(texture, (is_end & ~is_kept).argmax(-1)[..., None], -1)[..., 0]
        return dropped, kept


def _edges(faces: np.ndarray, corners: np.ndarray, count: int) -> _Edges:
    table = edge_table(faces, count)
    inner = table.uses == 2
    ends, (one, other) = table.ends[inner], table.halves[inner].T
    start, end = corners.T.ravel(), np.roll(corners, -1, axis=1).T.ravel()
    seam = (start[one] != end[other]) | (end[one] != start[other])
    return _Edges(
        ends,
        table.keys[inner],
        table.halves[inner] % len(faces),
        seam,
        np.bincount(ends[seam].ravel(), minlength=count),
        table.boundary(count),
        table.valence(count),
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
) -> _Choice:
    """Return the collapses of the cheapest edges, the cheapest first."""
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
    return _Choice(keep, drop, order)


def _valid(points: np.ndarray, faces: np.ndarray, edges: _Edges, choice: _Choice) -> np.ndarray:
    """Mask of the collapses (N,) that keep the mesh manifold and flip no face."""
    count, (keep, drop, edge) = len(points), choice
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
