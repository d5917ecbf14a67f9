"""Texture coordinates: a mesh cut into charts, laid flat and packed into one square."""

import numpy as np
import uvunwrap

from zoetrope.errors import ZoetropeError

PADDING = 8
"""Texels around each chart that no other chart reaches."""


def unwrap(vertices: np.ndarray, faces: np.ndarray, size: int) -> np.ndarray:
    """Return the texture coordinates (F, 3, 2) float32 of the corners of faces (F, 3), in 0..1.

    Blender's convention: u to the right, v up. Charts do not overlap and are never mirrored, and keep
    `PADDING` texels of a texture of `size` texels from each other and from the border.

    Raises
    ------
    ZoetropeError
        Code "bad_mesh": the mesh cannot be unwrapped.
    """
    mesh = uvunwrap.Mesh(
        np.ascontiguousarray(vertices, np.float32), np.ascontiguousarray(faces, np.uint32).ravel()
    )
    try:
        atlas = uvunwrap.generate([mesh], page_size=size, padding=PADDING)
    except uvunwrap.UnwrapError as error:
        raise ZoetropeError(
            f"The mesh cannot be unwrapped: {error}.",
            code="bad_mesh",
            remedy="Choose vertex colours instead of a texture, or another seed.",
        ) from error
    return np.array(atlas.meshes[0].corner_uvs, dtype=np.float32).reshape(-1, 3, 2)
