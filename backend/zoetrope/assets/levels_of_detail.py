"""Levels of detail of a mesh from one record of collapses: every vertex of a level is one of the level above.

Shape keys and skin weights of a level are therefore those of the finest, taken by index.
"""

from collections.abc import Sequence

import numpy as np

from zoetrope.assets.quadric_collapse import collapse_edges
from zoetrope.geometry.mesh_level import LEVEL_SHARES, MeshLevel
from zoetrope.geometry.texture_vertices import texture_vertices


def levels_of_detail(
    vertices: np.ndarray,
    faces: np.ndarray,
    uvs: np.ndarray | None = None,
    shares: Sequence[float] = LEVEL_SHARES,
) -> tuple[MeshLevel, ...]:
    """Return levels coarser than the mesh, with about these shares of its faces.

    Texture coordinates stay valid: vertices inside a chart are merged inside it, those on a seam along it.
    A level has more faces than its share where seams and thin parts allow no further collapse.

    Parameters
    ----------
    vertices, faces : (V, 3) float, (F, 3) int
    uvs : (F, 3, 2) float, optional
    shares : sequence of float
        Descending, below 1.
    """
    faces = np.asarray(faces)
    if uvs is None:
        corners, coordinates = faces.astype(np.int64), None
    else:
        corners, _, coordinates = texture_vertices(faces, uvs)
    record = collapse_edges(
        vertices, faces, max(4, round(min(shares) * len(faces))), corners=corners, coordinates=coordinates
    )
    levels: list[MeshLevel] = []
    for share in shares:
        count = record.prefix(max(4, round(share * len(faces))))
        left, texture = record.replay(faces, corners, count, len(vertices))
        used, index = np.unique(left, return_inverse=True)
        coarse_uvs = None if coordinates is None else coordinates[texture]
        levels.append(MeshLevel(used, index.reshape(-1, 3).astype(np.int32), coarse_uvs))
    return tuple(levels)
