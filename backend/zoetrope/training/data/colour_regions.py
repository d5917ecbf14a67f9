"""Colour regions of a training creature: which part of its surface has which colour of its palette.

A creature's few colours get fixed places in the palette (`REGIONS` of `fields/colour_regions.py`), by area
and lightness, so that a palette of one creature makes sense on another: the first entry is always the coat,
the fifth always what is dark and small, such as pupils.
"""

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from zoetrope.fields.colour_regions import REGION_COUNT

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
