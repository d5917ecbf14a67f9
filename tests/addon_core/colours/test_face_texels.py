"""A texture of triangles shows vertex colours: bilinear sampling, as a graphics card does it."""

import numpy as np
import pytest

from blender_addon.core.colours import face_texels


def sampled(pixels, uv):
    """Bilinear sample of texels (S, S, 3), the upper row first, at coordinates (N, 2)."""
    size = len(pixels)
    texels = pixels[::-1].astype(float)
    x, y = (uv * size - 0.5).T
    i, j = np.floor(x).astype(int), np.floor(y).astype(int)
    u, v = (x - i)[:, None], (y - j)[:, None]
    i2, j2 = np.minimum(i + 1, size - 1), np.minimum(j + 1, size - 1)
    low = (1 - u) * texels[j, i] + u * texels[j, i2]
    high = (1 - u) * texels[j2, i] + u * texels[j2, i2]
    return (1 - v) * low + v * high


@pytest.mark.parametrize("count", [1, 2, 5, 1000])
def test_every_point_of_a_triangle_has_its_interpolated_colour(count):
    rng = np.random.default_rng(count)
    faces = rng.integers(0, 50, (count, 3))
    colours = rng.uniform(0.35, 0.65, (50, 3)).astype(np.float32)
    uvs, pixels = face_texels.uvs(count), face_texels.pixels(colours, faces)
    assert uvs.min() > 0
    assert uvs.max() < 1
    weights = rng.dirichlet(np.ones(3), count)
    uv = np.einsum("fc,fcd->fd", weights, uvs)
    wanted = 255 * np.einsum("fc,fcd->fd", weights, colours[faces])
    assert np.abs(sampled(pixels, uv) - wanted).max() < 2.0
    corners = sampled(pixels, uvs.reshape(-1, 2)).reshape(count, 3, 3)
    assert np.abs(corners - np.round(255 * colours[faces])).max() < 0.1
