"""An artist's mesh as it is registered: checked, in its box, turned to face -Y, with its proxy."""

from dataclasses import dataclass

import igl
import numpy as np

from zoetrope.bodies.loose_parts import link_parts
from zoetrope.bodies.mesh_checks import bad_mesh, check_finite, check_triangles, without_degenerate_faces
from zoetrope.bodies.proxy import closed_proxy
from zoetrope.geometry.mesh_properties import MeshArrays, face_normals_and_areas, vertex_components
from zoetrope.geometry.normalisation import Box, normalising_box

MAX_VERTICES = 5_000_000
"""The same as in the extension, which refuses larger meshes before it sends them."""
MIN_FACES = 20
"""Fewer make no body with limbs: a box has 12."""
FLATNESS = 0.02
"""Shortest side of the bounding box, as a share of the longest, below which a mesh is a plane or a text."""
MAX_GAP = 0.12
"""Share of the diagonal. Two large parts further apart than this are two bodies."""
LARGE_PART = 0.15
"""Share of the surface area that makes a part large."""
MIN_PROXY_VERTICES = 4000
"""As many as a proxy has that is extracted: distances between vertices stand for those between surfaces."""
SELECT = "Select the mesh of one creature in its rest pose."


@dataclass(frozen=True)
class TargetMesh:
    """A mesh that is to be animated.

    Parameters
    ----------
    vertices : (V, 3) float64
        In its box, facing -Y.
    faces : (F, 3) int64
        Without degenerate ones.
    parts : (V,) int
        Loose part of each vertex.
    links : (L, 2) int
        Vertex pairs that hold loose parts together.
    proxy_vertices, proxy_faces : (P, 3) float64, (Q, 3) int64
    box : Box
        From turned source coordinates to the box.
    facing : float
        Degrees about Z that turn the source to face -Y.
    """

    vertices: np.ndarray
    faces: np.ndarray
    parts: np.ndarray
    links: np.ndarray
    proxy_vertices: np.ndarray
    proxy_faces: np.ndarray
    box: Box
    facing: float

    def turned(self, degrees: float) -> "TargetMesh":
        """Return the mesh turned about Z by more degrees, in its new box."""
        source = self.box.to_source(self.vertices) @ turn(degrees).T
        proxy = self.box.to_source(self.proxy_vertices) @ turn(degrees).T
        box = normalising_box(source)
        return TargetMesh(
            box.to_box(source),
            self.faces,
            self.parts,
            self.links,
            box.to_box(proxy),
            self.proxy_faces,
            box,
            (self.facing + degrees) % 360.0,
        )

    def to_source(self, points: np.ndarray) -> np.ndarray:
        """Convert points (..., 3) of the box to the coordinates that the mesh was given in."""
        return self.box.to_source(points) @ turn(self.facing)


def turn(degrees: float) -> np.ndarray:
    """Return the rotation (3, 3) about Z."""
    angle = np.radians(degrees)
    sine, cosine = np.sin(angle), np.cos(angle)
    return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])


def read_target(vertices: np.ndarray, faces: np.ndarray) -> TargetMesh:
    """Check a mesh and prepare it, without turning it.

    Parameters
    ----------
    vertices : (V, 3) float
        Metres, Z up.
    faces : (F, 3) int
        Triangles.

    Raises
    ------
    ZoetropeError
        Code "bad_mesh", with a remedy.
    """
    vertices, faces = _checked(vertices, faces)
    box = normalising_box(vertices)
    in_box = box.to_box(vertices)
    parts = vertex_components(faces, len(vertices))
    links = link_parts(in_box, parts)
    _check_one_body(in_box, faces, parts, links)
    proxy_vertices, proxy_faces = closed_proxy(in_box, faces)
    return TargetMesh(in_box, faces, parts, links, proxy_vertices, proxy_faces, box, 0.0)


def closed_target(vertices: np.ndarray, faces: np.ndarray) -> TargetMesh:
    """Prepare a mesh that is known to be one closed body facing -Y, such as a generated one: its own proxy.

    Parameters
    ----------
    vertices, faces : (V, 3) float, (F, 3) int
    """
    vertices, faces = vertices.astype(np.float64), faces.astype(np.int64)
    box = normalising_box(vertices)
    in_box = box.to_box(vertices)
    parts = vertex_components(faces, len(vertices))
    proxy = in_box, faces
    while len(proxy[0]) < MIN_PROXY_VERTICES:
        proxy = igl.upsample(*proxy)
    return TargetMesh(in_box, faces, parts, link_parts(in_box, parts), *proxy, box, 0.0)


def _checked(vertices: np.ndarray, faces: np.ndarray) -> MeshArrays:
    vertices, faces = np.asarray(vertices, np.float64), np.asarray(faces, np.int64)
    check_triangles(
        vertices, faces, MAX_VERTICES, "Animate a decimated copy and transfer its weights (Data Transfer)."
    )
    check_finite(vertices)
    faces = without_degenerate_faces(faces)
    if len(faces) < MIN_FACES:
        raise bad_mesh(f"The mesh has {len(faces)} faces: too few for a body.", SELECT)
    used = vertices[np.unique(faces)]
    size = np.ptp(used, axis=0)
    if not size.max() > 1e-9:
        raise bad_mesh("The mesh has no size.", "Apply a scale other than zero.")
    if size.min() < FLATNESS * size.max():
        raise bad_mesh("The mesh is flat: a plane or a text has no limbs to move.", SELECT)
    return vertices, faces


def _check_one_body(vertices: np.ndarray, faces: np.ndarray, parts: np.ndarray, links: np.ndarray) -> None:
    """Refuse two creatures in one object: large parts with a wide gap between them."""
    if not len(links):
        return
    gaps = np.linalg.norm(vertices[links[:, 0]] - vertices[links[:, 1]], axis=1)
    diagonal = float(np.linalg.norm(np.ptp(vertices, axis=0)))
    wide = gaps > MAX_GAP * diagonal
    if not wide.any():
        return
    _, areas = face_normals_and_areas(vertices, faces)
    joined = np.concatenate([faces[:, [0, 1, 1, 2]].reshape(-1, 2), links[~wide]])
    groups = vertex_components(np.column_stack([joined, joined[:, :1]]), len(vertices))
    shares = np.bincount(groups[faces[:, 0]], areas) / areas.sum()
    if (shares > LARGE_PART).sum() > 1:
        count = int((shares > LARGE_PART).sum())
        raise bad_mesh(
            f"The selection holds {count} separate bodies.", "Separate them and animate one at a time."
        )
