"""Mesh clean-up: crumbs and cavities go, eyes and horns stay; outward faces, no slivers, a face budget."""

import logging
from typing import NamedTuple

import igl
import numpy as np
import trimesh
from scipy.spatial import KDTree

from zoetrope.errors import ZoetropeError
from zoetrope.geometry.edge_collapse import collapse_short_edges
from zoetrope.geometry.mesh_properties import component_volumes, signed_volumes

log = logging.getLogger(__name__)

MIN_VOLUME_SHARE = 0.0005
"""Of the volume. The smallest loose part of our quadrupeds (a bull's horn) has 0.0018; a crumb has less."""


class CleanMesh(NamedTuple):
    """What `clean` leaves.

    Parameters
    ----------
    vertices : (V', 3) float32
    faces : (F', 3) int32
        Counter-clockwise seen from outside.
    became : (V,) int64
        The new vertex of each old one; -1 where its part was removed.
    """

    vertices: np.ndarray
    faces: np.ndarray
    became: np.ndarray


def clean_mesh(
    vertices: np.ndarray,
    faces: np.ndarray,
    *,
    keep_share: float = MIN_VOLUME_SHARE,
    max_gap: float | None = None,
    shortest_edge: float = 0.35,
    max_faces: int | None = None,
) -> CleanMesh:
    """Clean an extracted surface.

    Parameters
    ----------
    vertices : (V, 3) float
    faces : (F, 3) int
    keep_share : float
        Connected parts with less than this share of the volume are removed; so are cavities inside a part.
    max_gap : float, optional
        Parts that float further than this from the largest, and from all that do not, are removed.
    shortest_edge : float
        Edges shorter than this share of the median edge are collapsed where that is safe; 0 keeps them.
    max_faces : int, optional
        Face budget: more are reduced by quadric edge collapse (Garland and Heckbert 1997, libigl).

    Raises
    ------
    ZoetropeError
        Code "empty_surface": no part has a volume.
    """
    points = np.asarray(vertices, dtype=np.float64)
    faces = np.asarray(faces, dtype=np.int64)
    faces = faces[(faces != np.roll(faces, 1, axis=1)).all(axis=1)]
    if len(faces):
        faces = orient_outward(points, faces)
    part, volumes = component_volumes(points, faces)
    total = volumes[volumes > 0].sum()
    if not total > 0:
        raise ZoetropeError(
            "The shape is empty: no part of it has a volume.",
            code="empty_surface",
            remedy="Choose another seed or a higher detail.",
        )
    keep = volumes >= keep_share * total
    if max_gap is not None and keep.sum() > 1:
        keep &= _near_largest(points, part, volumes, keep, max_gap)
    if not keep.all():
        log.info("Removed %d of %d parts, %.3f %% of the volume",
                 (~keep).sum(), len(keep), 100 * np.abs(volumes[~keep]).sum() / total)  # fmt: skip
    faces = faces[keep[part[faces[:, 0]]]]
    became = np.where(keep[part], np.arange(len(points)), -1)
    if shortest_edge > 0 and len(faces):
        median = float(np.median(np.linalg.norm(points[faces[:, 0]] - points[faces[:, 1]], axis=1)))
        faces, merged = collapse_short_edges(points, faces, shortest_edge * median)
        became = np.where(became >= 0, merged, -1)
    points, faces, became = _only_referenced(points, faces, became)
    if max_faces is not None and len(faces) > max_faces:
        points, faces, became = _reduce(points, faces, became, max_faces)
    return CleanMesh(points.astype(np.float32), faces.astype(np.int32), became)


def orient_outward(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Faces (F, 3) wound the same way all over, outward: the volume is positive."""
    directed = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2) @ np.array([len(vertices), 1])
    if len(np.unique(directed)) < len(directed):
        mesh = trimesh.Trimesh(vertices, faces, process=False)
        trimesh.repair.fix_winding(mesh)
        faces = np.array(mesh.faces)
    volume = signed_volumes(vertices, faces).sum()
    return faces[:, ::-1] if volume < 0 else faces


def _near_largest(
    points: np.ndarray, part: np.ndarray, volumes: np.ndarray, keep: np.ndarray, max_gap: float
) -> np.ndarray:
    """Mask (P,) of the parts that a chain of gaps no wider than this joins to the largest."""
    reached = np.arange(len(volumes)) == np.argmax(volumes)
    trees = {int(number): KDTree(points[part == number]) for number in np.flatnonzero(keep)}
    joined = [int(np.argmax(volumes))]
    while joined:
        tree = trees[joined.pop()]
        for number in np.flatnonzero(keep & ~reached):
            if np.min(trees[int(number)].query(tree.data, distance_upper_bound=max_gap)[0]) <= max_gap:
                reached[number] = True
                joined.append(int(number))
    return reached


def _only_referenced(
    points: np.ndarray, faces: np.ndarray, became: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Drop the vertices that no face uses."""
    used = np.unique(faces)
    new = np.full(len(points), -1)
    new[used] = np.arange(len(used))
    return points[used], new[faces], np.where(became >= 0, new[became], -1)


def _reduce(
    points: np.ndarray, faces: np.ndarray, became: np.ndarray, max_faces: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Quadric edge collapse to the budget; an old vertex becomes the nearest new one."""
    fewer, reduced, _, _ = igl.qslim(np.asfortranarray(points), np.asfortranarray(faces), max_faces)
    if len(reduced) > max_faces:
        log.warning("The face budget of %d was missed: %d faces are left", max_faces, len(reduced))
    _, nearest = KDTree(fewer).query(points)
    return fewer, reduced.astype(np.int64), np.where(became >= 0, np.asarray(nearest)[became], -1)
