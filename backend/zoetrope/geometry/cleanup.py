"""Clean-up of an extracted surface: tiny components, cavities, slivers, face orientation, face budget."""

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
"""Share of the volume. The smallest detached part of the training quadrupeds (a bull's horn) has 0.0018."""


class CleanMesh(NamedTuple):
    """Result of `clean_mesh`.

    Parameters
    ----------
    vertices : (V', 3) float32
    faces : (F', 3) int32
        Counter-clockwise seen from outside.
    vertex_map : (V,) int64
        New index of each old vertex; -1 where its component was removed.
    """

    vertices: np.ndarray
    faces: np.ndarray
    vertex_map: np.ndarray


def clean_mesh(
    vertices: np.ndarray,
    faces: np.ndarray,
    *,
    min_volume_share: float = MIN_VOLUME_SHARE,
    max_gap: float | None = None,
    min_edge: float = 0.35,
    max_faces: int | None = None,
) -> CleanMesh:
    """Clean an extracted surface.

    Parameters
    ----------
    vertices : (V, 3) float
    faces : (F, 3) int
    min_volume_share : float
        Connected components with less than this share of the volume are removed; so are cavities.
    max_gap : float, optional
        Components further than this from the largest one, and from all that are connected to it by such gaps,
        are removed.
    min_edge : float
        Edges shorter than this share of the median edge are collapsed where that is safe; 0 keeps them.
    max_faces : int, optional
        Face budget, met by quadric edge collapse (Garland and Heckbert 1997, libigl).

    Raises
    ------
    ZoetropeError
        Code "empty_surface": no component has a volume.
    """
    points = np.asarray(vertices, dtype=np.float64)
    faces = np.asarray(faces, dtype=np.int64)
    faces = faces[(faces != np.roll(faces, 1, axis=1)).all(axis=1)]
    if len(faces):
        faces = orient_outward(points, faces)
    component, volumes = component_volumes(points, faces)
    total = volumes[volumes > 0].sum()
    if not total > 0:
        raise ZoetropeError(
            "The shape is empty: no part of it has a volume.",
            code="empty_surface",
            remedy="Choose another seed or a higher detail.",
        )
    keep = volumes >= min_volume_share * total
    if max_gap is not None and keep.sum() > 1:
        keep &= _near_largest(points, component, volumes, keep, max_gap)
    if not keep.all():
        log.info("Removed %d of %d components, %.3f %% of the volume",
                 (~keep).sum(), len(keep), 100 * np.abs(volumes[~keep]).sum() / total)  # fmt: skip
    faces = faces[keep[component[faces[:, 0]]]]
    vertex_map = np.where(keep[component], np.arange(len(points)), -1)
    if min_edge > 0 and len(faces):
        median = float(np.median(np.linalg.norm(points[faces[:, 0]] - points[faces[:, 1]], axis=1)))
        faces, merged = collapse_short_edges(points, faces, min_edge * median)
        vertex_map = np.where(vertex_map >= 0, merged, -1)
    points, faces, vertex_map = _drop_unreferenced(points, faces, vertex_map)
    if max_faces is not None and len(faces) > max_faces:
        points, faces, vertex_map = _reduce_faces(points, faces, vertex_map, max_faces)
    return CleanMesh(points.astype(np.float32), faces.astype(np.int32), vertex_map)


def orient_outward(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return faces (F, 3) with consistent winding and a positive volume."""
    directed = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2) @ np.array([len(vertices), 1])
    if len(np.unique(directed)) < len(directed):
        mesh = trimesh.Trimesh(vertices, faces, process=False)
        trimesh.repair.fix_winding(mesh)
        faces = np.array(mesh.faces)
    volume = signed_volumes(vertices, faces).sum()
    return faces[:, ::-1] if volume < 0 else faces


def _near_largest(
    points: np.ndarray, component: np.ndarray, volumes: np.ndarray, keep: np.ndarray, max_gap: float
) -> np.ndarray:
    """Mask (C,) of the components connected to the largest by a chain of gaps of at most `max_gap`."""
    largest = int(np.argmax(volumes))
    reached = np.arange(len(volumes)) == largest
    trees = {int(index): KDTree(points[component == index]) for index in np.flatnonzero(keep)}
    queue = [largest]
    while queue:
        tree = trees[queue.pop()]
        for index in np.flatnonzero(keep & ~reached):
            if np.min(trees[int(index)].query(tree.data, distance_upper_bound=max_gap)[0]) <= max_gap:
                reached[index] = True
                queue.append(int(index))
    return reached


def _drop_unreferenced(
    points: np.ndarray, faces: np.ndarray, vertex_map: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Drop the vertices that no face uses."""
    used = np.unique(faces)
    new_index = np.full(len(points), -1)
    new_index[used] = np.arange(len(used))
    return points[used], new_index[faces], np.where(vertex_map >= 0, new_index[vertex_map], -1)


def _reduce_faces(
    points: np.ndarray, faces: np.ndarray, vertex_map: np.ndarray, max_faces: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Reduce to the face budget by quadric edge collapse; map each old vertex to the nearest new one."""
    new_points, new_faces, _, _ = igl.qslim(np.asfortranarray(points), np.asfortranarray(faces), max_faces)
    if len(new_faces) > max_faces:
        log.warning("The face budget of %d was missed: %d faces are left", max_faces, len(new_faces))
    _, nearest = KDTree(new_points).query(points)
    vertex_map = np.where(vertex_map >= 0, np.asarray(nearest)[vertex_map], -1)
    return new_points, new_faces.astype(np.int64), vertex_map
