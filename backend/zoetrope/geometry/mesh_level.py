"""A level of detail: a coarser mesh whose vertices are some of the finest one's."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from zoetrope.geometry.texture_vertices import texture_vertices

LEVEL_SHARES = (0.5, 0.25)
"""Faces of levels 1 and 2, as shares of level 0's."""
MAX_LEVELS = len(LEVEL_SHARES)
"""Levels beyond the mesh itself."""


class MeshLevel(NamedTuple):
    """A level of detail.

    vertices : (W,) int64, in ascending order: its vertices among those of level 0.
    faces : (G, 3) int32, indices into `vertices`.
    uvs : (G, 3, 2) float32 or None.
    """

    vertices: np.ndarray
    faces: np.ndarray
    uvs: np.ndarray | None


def level_arrays(levels: tuple[MeshLevel, ...]) -> dict[str, np.ndarray]:
    """Return levels 1, 2 under their names in a result file: lod1_vertices, lod1_faces, lod1_uvs."""
    arrays: dict[str, np.ndarray] = {}
    for number, level in enumerate(levels, start=1):
        named = {f"lod{number}_{name}": values for name, values in level._asdict().items()}
        arrays |= {name: values for name, values in named.items() if values is not None}
    return arrays


def read_levels(arrays: Mapping[str, np.ndarray]) -> tuple[MeshLevel, ...]:
    """Return the levels that `level_arrays` stored in a result file."""
    levels: list[MeshLevel] = []
    while f"lod{len(levels) + 1}_vertices" in arrays:
        prefix = f"lod{len(levels) + 1}_"
        vertices, faces = arrays[f"{prefix}vertices"], arrays[f"{prefix}faces"]
        levels.append(MeshLevel(vertices, faces, arrays.get(f"{prefix}uvs")))
    return tuple(levels)


def stored_corners(level: MeshLevel, faces: np.ndarray, uvs: np.ndarray | None) -> np.ndarray:
    """Return what a level's corners (G, 3) refer to in level 0: its vertices, or its texture vertices.

    Parameters
    ----------
    faces, uvs : (F, 3) int, (F, 3, 2) float or None
        Of level 0; with coordinates, vertices are numbered as `texture_vertices` does.
    """
    corners = level.vertices[level.faces]
    if uvs is None or level.uvs is None:
        return corners
    both = texture_vertices(
        np.concatenate([faces, corners]).astype(np.int64), np.concatenate([uvs, level.uvs])
    )
    _, own, _ = texture_vertices(faces, uvs)
    if len(both[1]) != len(own):
        raise ValueError("A level of detail has texture coordinates that level 0 has not.")
    return both[0][len(faces) :]
