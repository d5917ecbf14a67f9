"""Of several drawn bodies the first sound one: one piece, and if its kind has legs it stands on them.

A body is looked at coarsely, before its motion is drawn: what falls apart here falls apart at most details.
"""

from typing import NamedTuple

import numpy as np
from torch import Tensor

from zoetrope.engines.bundle import Bundle
from zoetrope.engines.decoding import shape_function, uncleaned
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.cleanup import MIN_VOLUME_SHARE
from zoetrope.geometry.ground_contact import (
    FOUR_LEGGED_CATEGORIES,
    GROUND_BAND,
    LEGGED_CATEGORIES,
    QUADRUPED_LEGS,
    centre_of_mass_overhang,
    count_legs,
)
from zoetrope.geometry.isosurface import OnChunk, Surface
from zoetrope.geometry.mesh_properties import component_volumes

DETAIL = 64
"""Grid cells along the box at which they are looked at."""

MOST_OVERHANG = 0.012
"""Of the diagonal. One of our real walkers leans over its toes, by half of that."""


class BodyCheck(NamedTuple):
    """What is wrong with a body; the smaller of two is the better body.

    missing_legs : of `QUADRUPED_LEGS`, where there should be as many; of other kinds on legs at least one where the
    body would fall over, or where feet lie on the ground as crumbs; loose : share of the volume outside the
    largest part, crumbs that the clean-up removes not counted.
    """

    missing_legs: int
    loose: float


BODY_PASSED = BodyCheck(0, 0.0)
NOTHING = BodyCheck(QUADRUPED_LEGS, 1.0)
"""No body at all."""


def surface_check(vertices: np.ndarray, faces: np.ndarray, kind: str) -> BodyCheck:
    """Look at a closed surface, vertices (V, 3), z up, and faces (F, 3), wound outward, of a category."""
    part, volumes = component_volumes(vertices, faces)
    kept = volumes >= MIN_VOLUME_SHARE * volumes[volumes > 0].sum()
    loose = 1.0 - float(volumes.max() / volumes[kept].sum()) if kept.sum() > 1 else 0.0
    if kind not in LEGGED_CATEGORIES:
        return BodyCheck(0, loose)
    stays = kept[part]
    body = vertices[stays], (np.cumsum(stays) - 1)[faces[stays[faces[:, 0]]]]
    if kind in FOUR_LEGGED_CATEGORIES:
        missing = QUADRUPED_LEGS - count_legs(*body)
    else:
        low, high = vertices[:, 2].min(), vertices[:, 2].max()
        standing = np.unique(part[vertices[:, 2] < low + GROUND_BAND * (high - low)])
        missing = int((~kept & (volumes > 0))[standing].sum())
    falls = not centre_of_mass_overhang(*body) <= MOST_OVERHANG  # what has no volume stands on nothing
    return BodyCheck(min(QUADRUPED_LEGS, max(int(falls), missing)), loose)


class SampledBody(NamedTuple):
    """Raw shape tokens (1, S), which of a seed's bodies they are (0: the first), and how it was seen.

    surface : at `DETAIL`; None where nothing was looked at, or nothing was there.
    """

    tokens: Tensor
    number: int
    surface: Surface | None


def check_body(
    bundle: Bundle, shape: Tensor, kind: str, on_chunk: OnChunk | None = None
) -> tuple[BodyCheck, Surface | None]:
    """The flaws of the body of raw shape tokens (1, S) of a category, and its coarse surface."""
    try:
        surface = uncleaned(bundle, shape_function(bundle, shape), DETAIL, on_chunk)
    except ZoetropeError as error:
        if error.code != "empty_surface":
            raise
        return NOTHING, None
    vertices, faces = surface.vertices.astype(np.float64), surface.faces.astype(np.int64)
    return surface_check(vertices, faces, kind), surface
