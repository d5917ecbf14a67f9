"""Baking a texture and a normal map from the full surface and its field of colours."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from zoetrope.assets.adaptive_texels import TexelLattice, evaluate_adaptively
from zoetrope.assets.region_edges import smooth_edges
from zoetrope.assets.region_paint import Colours, RegionPaint, commonest_region, paint, region_bytes
from zoetrope.assets.surface_samples import SurfaceSamples
from zoetrope.assets.texels import MarginFill, rasterise
from zoetrope.geometry.mesh_properties import MeshArrays, face_components
from zoetrope.geometry.texture_vertices import texture_vertices

MARGIN = 8
"""Texels around the charts that are filled."""
SAMPLED_SIZE = 512
"""Texels along a side that are always evaluated; between them only where the colour changes."""
COLOUR_TOLERANCE = 2 / 255
"""Difference of a colour's channels, or of the regions' weights, below which texels are interpolated."""


@dataclass(frozen=True)
class Textures:
    """PNG files as uint8 arrays (N,).

    base_colour : sRGB
    normal_map : in tangent space, green up
    regions : three bytes a texel, see `region_paint`; None of colours that are no `RegionPaint`
    """

    base_colour: np.ndarray
    normal_map: np.ndarray
    regions: np.ndarray | None = None


def bake(
    vertices: np.ndarray,
    faces: np.ndarray,
    uvs: np.ndarray,
    full: MeshArrays,
    colour: Colours,
    size: int,
    on_progress: Callable[[int, int], None] = lambda _, __: None,
) -> Textures:
    """Bake the textures of a low-poly mesh.

    Parameters
    ----------
    vertices, faces, uvs : (V, 3) float, (F, 3) int, (F, 3, 2) float
    full : (W, 3) float, (G, 3) int
        The full surface, wound outward.
    colour : callable
        Points (N, 3) float32 on the full surface -> sRGB (N, 3) in 0..1. Of a `RegionPaint` the weights are
        evaluated, so that the regions are a texture too, and the edges between them are smoothed.
    size : int
        Texels along a side.
    on_progress : callable
        Called with steps done and their number; may raise to cancel.
    """
    texels = rasterise(uvs, size)
    margins = MarginFill(texels, MARGIN)
    on_progress(1, 4)
    points, normals = SurfaceSamples(vertices, faces, uvs, *full).at(texels)
    on_progress(2, 4)
    corners, vertex, _ = texture_vertices(faces, uvs)
    chart = face_components(corners, len(vertex))[texels.face]
    lattice = TexelLattice(texels, chart, max(1, size // SAMPLED_SIZE))
    field = colour.weights if isinstance(colour, RegionPaint) else colour
    values = evaluate_adaptively(field, points, lattice, COLOUR_TOLERANCE)
    on_progress(3, 4)
    normal_map = _png(_levels(0.5 * normals + 0.5), margins)
    if isinstance(colour, RegionPaint):
        regions = region_bytes(smooth_edges(values, texels))
        beyond = commonest_region(regions)
        painted, colour_beyond = (_levels(paint(part, colour.palette)) for part in (regions, beyond))
        textures = Textures(_png(painted, margins, colour_beyond), normal_map, _png(regions, margins, beyond))
    else:
        textures = Textures(_png(_levels(values), margins), normal_map)
    on_progress(4, 4)
    return textures


def _levels(values: np.ndarray) -> np.ndarray:
    """Return values in 0..1 as bytes."""
    return np.round(255 * np.clip(values, 0, 1)).astype(np.uint8)


def _png(levels: np.ndarray, margins: MarginFill, beyond: np.ndarray | None = None) -> np.ndarray:
    """Return the PNG file, uint8 (N,), of bytes (N, 3) at texels; beyond: see `MarginFill.image`."""
    stream = io.BytesIO()
    Image.fromarray(margins.image(levels, beyond)).save(stream, "png", compress_level=4)
    return np.frombuffer(stream.getvalue(), np.uint8).copy()
