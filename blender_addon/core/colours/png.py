"""PNG files in bytes: what Blender's Python has no library for. numpy and the standard library."""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
RGB, RGBA = 2, 6
LEVEL = 1
"""Compression: regions of one colour compress well at the fastest one."""


def encode(pixels):
    """The file of pixels (H, W, 3) or (H, W, 4) uint8, the upper row first (PNG specification, 5 and 11)."""
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + channels * width), np.uint8)  # filter type 0 before each row
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, RGBA if channels == 4 else RGB, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), LEVEL)), (b"IEND", b"")
    return SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def size(data):
    """Width and height in a file's header; ValueError where it is no PNG file."""
    if not data.startswith(SIGNATURE) or len(data) < 33 or data[12:16] != b"IHDR":
        raise ValueError("a texture is no PNG file")
    return struct.unpack(">II", data[16:24])


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
