"""Colour regions of a training creature: which part of its surface has which colour of its palette.

A creature's few colours get fixed places in the palette (`REGIONS` of `fields/colour_regions.py`), by area
and lightness, so that a palette of one creature makes sense on another: the first entry is always the coat,
the fifth always what is dark and small, such as pupils.
"""

from dataclasses import dataclass

import igl
import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from zoetrope.fields.colour_regions import REGION_COUNT
from zoetrope.geometry.field_samples import barycentric_points
from zoetrope.geometry.mesh_properties import face_normals_and_areas
from zoetrope.geometry.solid import Solid

MARKINGS = (1, 2, 3)
DARK, LIGHT = 4, 5
DETAILS = (6, 7)
"""Places in the palette; 0 is the coat."""
DETAIL_SHARE = 0.12
"""Of the area: dark or light regions below it are details (pupils, nostrils; eyes, teeth), not markings."""
SMALL_SHARE = 0.03
"""Of the area: other regions below it are details too, as long as there are places for them."""
DARK_VALUE, LIGHT_VALUE, LIGHT_CHROMA = 0.25, 0.5, 0.15
"""sRGB: a dark colour has no channel above the first, a light one none below the second, and no more than the
third between its highest and lowest channel."""
SURFACE_OFFSET = 0.008
"""Box units. Deviation of the samples outward from the surface; the extracted surface lies within it."""
PROBE_OFFSET = 0.002
"""Box units. Distance from a face at which its outer side is tested."""


@dataclass(frozen=True)
class ColourRegions:
    """The colours of a mesh as regions and their palette.

    Parameters
    ----------
    palette : (K, 3) float32
        sRGB in 0..1; places without a region have a colour that fits the others.
    face_region : (F,) int
        Index into the palette.
    """

    palette: np.ndarray
    face_region: np.ndarray

    @classmethod
    def of(cls, face_colours: np.ndarray, areas: np.ndarray) -> "ColourRegions":
        """Find the regions of a mesh from the colours (F, 3) and areas (F,) of its faces."""
        quantised, inverse = np.unique(np.round(255 * face_colours), axis=0, return_inverse=True)
        cluster: np.ndarray = inverse.ravel()
        if len(quantised) > REGION_COUNT:
            merged = fcluster(linkage(quantised, "ward"), REGION_COUNT, "maxclust")
            cluster = merged[cluster] - 1
        area = np.bincount(cluster, areas)
        weight = np.maximum(areas, 1e-12 * areas.sum())
        colours = np.stack(
            [np.bincount(cluster, weight * c) / np.bincount(cluster, weight) for c in face_colours.T], axis=1
        )
        place = _places(colours, area / area.sum())
        palette = np.full((REGION_COUNT, 3), np.nan)
        palette[place] = colours
        return cls(_filled(palette).astype(np.float32), place[cluster])


def _places(colours: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return the place in the palette (C,) of colours (C, 3) with shares of the area (C,)."""
    high, low = colours.max(axis=1), colours.min(axis=1)
    small = share < DETAIL_SHARE
    dark = small & (high < DARK_VALUE)
    light = small & (low > LIGHT_VALUE) & (high - low < LIGHT_CHROMA)
    by_area = np.argsort(-share, kind="stable")
    dark[by_area[0]] = light[by_area[0]] = False
    place = np.full(len(colours), -1)
    place[by_area[0]] = 0
    markings, details = list(MARKINGS), list(DETAILS)
    for detail, candidates in ((DARK, dark), (LIGHT, light)):
        if candidates.any():
            place[by_area[candidates[by_area]][-1]] = detail  # the smallest: pupils rather than eyelids
        else:
            details.append(detail)
    for region in by_area[place[by_area] < 0]:
        preferred, other = (details, markings) if share[region] < SMALL_SHARE else (markings, details)
        place[region] = (preferred or other).pop(0)
    return place


def _filled(palette: np.ndarray) -> np.ndarray:
    """Fill the places (K, 3) without a region, which are nan: another body may show them."""
    filled, coat = palette.copy(), palette[0]
    defaults = {
        MARKINGS[0]: 0.5 * (coat + 1.0),
        MARKINGS[1]: 0.55 * coat,
        MARKINGS[2]: 0.8 * coat,
        DARK: np.full(3, 0.06),
        LIGHT: np.full(3, 0.93),
        DETAILS[0]: 0.4 * coat,
        DETAILS[1]: 0.6 * coat,
    }
    for place, colour in defaults.items():
        if np.isnan(filled[place]).any():
            filled[place] = colour
    return filled


def sample_regions(
    solid: Solid,
    vertices: np.ndarray,
    faces: np.ndarray,
    face_region: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Sample the visible surface of a mesh, each region in proportion to the square root of its area.

    Sampled by area, regions below a hundredth of it, such as eyes, are hardly learned.

    Parameters
    ----------
    solid : Solid
        Of the mesh; faces inside it are not visible.
    vertices, faces : (V, 3) float, (F, 3) int
        Box coordinates.
    face_region : (F,) int

    Returns
    -------
    points : (N, 3) float64
        On the surface or a little outside.
    region : (N,) uint8
    """
    normals, areas = face_normals_and_areas(vertices, faces)
    centres = vertices[faces].mean(axis=1)
    sides = np.stack([solid.winding_number(centres + sign * PROBE_OFFSET * normals) for sign in (1.0, -1.0)])
    outward = np.where(sides[0] <= sides[1], 1.0, -1.0)
    visible = np.flatnonzero(sides.min(axis=0) < 0.5)
    areas, region = areas[visible], face_region[visible]
    probability = areas / np.sqrt(np.maximum(np.bincount(region, areas), 1e-12))[region]
    face = visible[rng.choice(len(visible), count, p=probability / probability.sum())]
    on_surface = barycentric_points(vertices, faces, face, rng.dirichlet((1.0, 1.0, 1.0), count))
    offset = np.abs(rng.normal(0, SURFACE_OFFSET, count))
    points = on_surface + (offset * outward[face])[:, None] * normals[face]
    _, nearest, _ = igl.point_mesh_squared_distance(points, vertices, faces[visible].astype(np.int64))
    return points, face_region[visible][nearest].astype(np.uint8)
