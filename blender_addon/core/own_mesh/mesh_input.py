"""The artist's objects joined into the arrays that the backend reads, or one sentence why not."""

import dataclasses

import numpy as np

from ..errors import GenerationError

MAX_VERTICES = 5_000_000
FARTHEST = 1e9
"""Largest coordinate in Blender units."""


@dataclasses.dataclass(frozen=True)
class Part:
    """One object as it is to be animated.

    `vertices` (V, 3) float64 and `faces` (F, 3) int32 in world space and Blender units; `matrix` (4, 4) is
    the object's own, by which the vertices were placed.
    """

    name: str
    vertices: np.ndarray
    faces: np.ndarray
    matrix: np.ndarray


@dataclasses.dataclass(frozen=True)
class Rig:
    """Bones that the mesh is bound to already, and their weights.

    `names`: B bones, parents before children; `heads`, `tails`, `z_axes` (B, 3) float32 in the space of
    `MeshInput.vertices`; `parents` (B,) int32; `weight_vertices`, `weight_bones` (N,) int32,
    `weight_values` (N,) float32.
    """

    names: list
    heads: np.ndarray
    tails: np.ndarray
    z_axes: np.ndarray
    parents: np.ndarray
    weight_vertices: np.ndarray
    weight_bones: np.ndarray
    weight_values: np.ndarray

    def arrays(self):
        """Name -> array, as the protocol has them."""
        return {
            "bone_heads": self.heads,
            "bone_tails": self.tails,
            "bone_z_axes": self.z_axes,
            "bone_parents": self.parents,
            "bone_weights_vertex": self.weight_vertices,
            "bone_weights_bone": self.weight_bones,
            "bone_weights_value": self.weight_values,
        }


@dataclasses.dataclass(frozen=True)
class MeshInput:
    """All parts together.

    `vertices` (V, 3) float32 in metres from `origin`, `faces` (F, 3) int32, `objects` (V,) int32. `origin`
    (3,) float64 in metres is the middle of the ground below the creature: far from the world's origin
    float32 would lose digits.
    """

    vertices: np.ndarray
    faces: np.ndarray
    objects: np.ndarray
    origin: np.ndarray

    def write(self, path, rig=None):
        """Write mesh.npz; OSError where that fails. rig: `Rig` or None."""
        np.savez(
            path,
            vertices=self.vertices,
            faces=self.faces,
            objects=self.objects,
            **({} if rig is None else rig.arrays()),
        )


def bad_mesh(message, remedy):
    """The error for a mesh that cannot be animated."""
    return GenerationError("bad_mesh", message, remedy)


def triangles(faces, matrix):
    """Faces (F, 3) whose corners run counterclockwise seen from outside, also where the matrix mirrors."""
    return faces[:, ::-1] if np.linalg.det(matrix[:3, :3]) < 0.0 else faces


def placed(points, matrix):
    """Points (V, 3) transformed by a matrix (4, 4), as float64."""
    return np.asarray(points, dtype=np.float64) @ matrix[:3, :3].T + matrix[:3, 3]


def check_scale(name, matrix):
    """GenerationError "bad_mesh" where a matrix (4, 4) makes an object flat."""
    scales = np.linalg.norm(matrix[:3, :3], axis=0)
    # The angle between the axes as well: a sheared matrix may be flat.
    if scales.min() < 1e-9 or abs(np.linalg.det(matrix[:3, :3] / scales)) < 1e-6:
        raise bad_mesh(f"{name} has a scale of zero.", "Set its Scale in the sidebar's tab Item.")


def join(parts, unit):
    """Parts to one mesh; GenerationError "bad_mesh" for what cannot be animated.

    unit: metres in one Blender unit.
    """
    for part in parts:
        _check(part)
    count = sum(len(part.vertices) for part in parts)
    if count > MAX_VERTICES:
        raise bad_mesh(
            f"The selection has {count:,} vertices; {MAX_VERTICES:,} are the most.",
            "Animate a decimated copy, and move its weights over by Object > Link/Transfer Data.",
        )
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    vertices = np.concatenate([part.vertices for part in parts]) * unit
    faces = np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=False)])
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    origin = np.array([*(low + high)[:2] / 2.0, low[2]])
    return MeshInput(
        (vertices - origin).astype(np.float32),
        faces.astype(np.int32),
        np.repeat(np.arange(len(parts), dtype=np.int32), np.diff(starts)),
        origin,
    )


def _check(part):
    if not len(part.faces):
        raise bad_mesh(f"{part.name} has no faces.", "Deselect it, or give it faces.")
    # Not the other way round: a comparison with NaN is false.
    if not (np.abs(part.matrix).max() < FARTHEST and np.abs(part.vertices).max() < FARTHEST):
        raise bad_mesh(
            f"{part.name} has vertices whose position is not a number, or far too large.",
            "Delete these vertices in Edit Mode.",
        )
    check_scale(part.name, part.matrix)
