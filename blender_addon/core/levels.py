"""Levels of detail in a result file: coarser meshes whose vertices are some of the mesh's."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Level:
    """One level of detail.

    `vertices` (W,) int64: its vertices among those of the mesh, from which it takes place, colours, weights
    and shape keys; `faces` (G, 3) int32, indices into them; `uvs` (G, 3, 2) float32 or None.
    """

    vertices: np.ndarray
    faces: np.ndarray
    uvs: np.ndarray | None


def read(data, textured):
    """The levels in an open .npz file, the finest first; textured: with texture coordinates."""
    found = []
    while f"lod{len(found) + 1}_vertices" in data.files:
        prefix = f"lod{len(found) + 1}_"
        uvs = data[f"{prefix}uvs"].astype(np.float32) if textured else None
        vertices, faces = data[f"{prefix}vertices"], data[f"{prefix}faces"]
        found.append(Level(vertices.astype(np.int64), faces.astype(np.int32), uvs))
    return found


def check(level, count):
    """ValueError where a level does not fit a mesh of so many vertices: Blender would crash."""
    own = len(level.vertices)
    if level.vertices.shape != (own,) or level.faces.shape != (len(level.faces), 3) or not len(level.faces):
        raise ValueError("a level of detail is empty")
    if level.vertices.min() < 0 or level.vertices.max() >= count:
        raise ValueError("a level of detail has a vertex that the mesh has not")
    if level.faces.min() < 0 or level.faces.max() >= own:
        raise ValueError("a face of a level of detail names a vertex that is not there")
    if level.uvs is not None and (
        level.uvs.shape != (len(level.faces), 3, 2) or not np.isfinite(level.uvs).all()
    ):
        raise ValueError("texture coordinates of a level of detail do not fit its faces")
