"""Texture vertices: corners that share vertex and texture coordinates; seams split a vertex into several."""

import numpy as np


def texture_vertices(faces: np.ndarray, uvs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weld corners that share vertex and coordinates.

    Parameters
    ----------
    faces, uvs : (F, 3) int, (F, 3, 2) float

    Returns
    -------
    corners : (F, 3) int64
        Texture vertex of each corner.
    vertex : (N,) int64
        Mesh vertex of each texture vertex.
    coordinates : (N, 2) float32
    """
    flat = np.ascontiguousarray(uvs, np.float32).reshape(-1, 2)
    bits = (flat + np.float32(0)).view(np.uint32).astype(np.uint64)  # + 0: no negative zero
    key = (bits[:, 0] << np.uint64(32)) | bits[:, 1]
    order = np.lexsort([key, faces.ravel()])
    new = np.r_[True, np.diff(faces.ravel()[order]) != 0] | np.r_[True, key[order][1:] != key[order][:-1]]
    corner = np.zeros(len(order), dtype=np.int64)
    corner[order] = np.cumsum(new) - 1
    first = order[new]
    return corner.reshape(-1, 3), faces.ravel()[first].astype(np.int64), flat[first]
