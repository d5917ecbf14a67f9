"""Colours as regions and a palette, as the backend's `assets/region_paint.py` has them. numpy alone.

A vertex or texel has three bytes: the region that it belongs to most, the next one, and the first one's share
of both.
"""

import numpy as np

REGIONS = (
    "Coat",
    "Marking 1",
    "Marking 2",
    "Marking 3",
    "Dark Detail",
    "Light Detail",
    "Detail 1",
    "Detail 2",
)
"""Names of a palette's colours in their order (`fields/colour_regions.py` of the backend)."""
MAX_REGIONS = 32


def region_name(index):
    """Name of a palette's colour."""
    return REGIONS[index] if index < len(REGIONS) else f"Region {index + 1}"


def table_indices(regions, count):
    """Index (...) uint32 into a `colour_table` of regions (..., 3) uint8; count: colours of the palette."""
    first, second = (np.minimum(regions[..., i], count - 1).astype(np.uint32) for i in (0, 1))
    return (first * count + second) * np.uint32(256) + regions[..., 2]


def colour_table(palette):
    """RGBA bytes (K * K * 256,) of all that regions can say, each as one uint32, for a palette (K, 3).

    sRGB, rounded as the backend rounds: repainting with a result's own palette changes no byte.
    """
    palette = np.clip(np.asarray(palette, np.float32), 0, 1)
    share = (np.arange(256, dtype=np.float32) / np.float32(255))[None, None, :, None]
    mixed = share * palette[:, None, None] + (1 - share) * palette[None, :, None]
    table = np.full((*mixed.shape[:3], 4), 255, np.uint8)
    table[..., :3] = np.round(255 * mixed)
    return table.reshape(-1, 4).view(np.uint32)[:, 0]


def repainted(pixels, indices, old, new):
    """Bytes (N, 4) uint8 with another palette; what the old one does not paint so stays: hands painted it.

    Parameters
    ----------
    pixels : (N, 4) uint8
    indices : (N,) uint32
        From `table_indices`.
    old, new : (M,) uint32
        Colour tables.
    """
    found = np.ascontiguousarray(pixels).view(np.uint32)[:, 0]
    result = np.where(found == old[indices], new[indices], found)
    return result[:, None].view(np.uint8)


def shown_regions(regions, count):
    """Whether each region (K,) is the main one of any vertex or texel (..., 3) uint8."""
    return np.bincount(regions[..., 0].ravel(), minlength=count)[:count] > 0


def to_integers(regions):
    """Regions (N, 3) uint8 as int32 (N,), for a mesh's attribute."""
    r = regions.astype(np.int32)
    return r[:, 0] << 16 | r[:, 1] << 8 | r[:, 2]


def from_integers(values):
    """Regions (N, 3) uint8 of `to_integers`."""
    return np.stack([values >> 16 & 255, values >> 8 & 255, values & 255], axis=1).astype(np.uint8)
