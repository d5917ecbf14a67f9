"""Vertex colours as a texture: a block of 2 x 2 texels for each triangle. numpy alone.

A triangle's corners lie in the middles of three texels; the fourth one has the value that makes bilinear
interpolation between them linear. So any view that shows textures shows the vertex colours.
"""

import numpy as np


def side(count):
    """Texels along a side of the texture of so many triangles."""
    return 2 * int(np.ceil(np.sqrt(count)))


def uvs(count):
    """Coordinates (count, 3, 2) float32 of the triangles' corners."""
    size = side(count)
    index = np.arange(count)
    corner = 2.0 * np.stack([index % (size // 2), index // (size // 2)], axis=1)
    offsets = np.array([[0.5, 0.5], [1.5, 0.5], [0.5, 1.5]])
    return ((corner[:, None] + offsets) / size).astype(np.float32)


def pixels(colours, faces):
    """Texels (S, S, 3) uint8, the upper row first, of colours (V, 3) in 0 .. 1 and triangles (F, 3).

    The fourth texel is clipped: where the colours of a triangle differ by much it is not quite linear.
    """
    size = side(len(faces))
    corners = np.asarray(colours, np.float32)[faces]
    fourth = corners[:, 1] + corners[:, 2] - corners[:, 0]
    blocks = np.zeros((size // 2) ** 2 * 4 * 3, np.float32).reshape(-1, 2, 2, 3)
    blocks[: len(faces)] = np.stack([corners[:, 0], corners[:, 1], corners[:, 2], fourth], axis=1).reshape(
        -1, 2, 2, 3
    )
    rows = blocks.reshape(size // 2, size // 2, 2, 2, 3).transpose(0, 2, 1, 3, 4).reshape(size, size, 3)
    return np.round(255 * np.clip(rows[::-1], 0, 1)).astype(np.uint8)
