"""PNG files are written as others read them."""

import io

import numpy as np
import pytest
from PIL import Image

from blender_addon.core.colours import png


@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 3, 4), (64, 130, 3)])
def test_a_file_is_read_by_a_library(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    data = png.encode(pixels)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), pixels)
    assert png.size(data) == (shape[1], shape[0])


@pytest.mark.parametrize("data", [b"", b"GIF89a" + bytes(40), png.SIGNATURE, png.SIGNATURE + bytes(40)])
def test_what_is_no_png_file_is_refused(data):
    with pytest.raises(ValueError, match="no PNG"):
        png.size(data)
