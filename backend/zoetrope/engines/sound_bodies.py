"""Of several drawn bodies the first sound one: one piece and, if its kind has four legs, on four.

A body is looked at coarsely, before its motion is drawn: what falls apart here falls apart at most details.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from zoetrope.engines.bundle import Bundle
from zoetrope.engines.decoding import shape_function, uncleaned
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.cleanup import KEEP_SHARE, part_volumes
from zoetrope.geometry.isosurface import OnChunk
from zoetrope.geometry.legs import LEGS, count_legs

DRAWS = 4
"""Bodies that are drawn at most for one creature."""
DETAIL = 64
"""Grid cells along the box at which they are looked at."""


class Flaws(NamedTuple):
    """What is wrong with a body; the smaller of two is the better body.

    missing_legs : of `LEGS`, where there should be as many; loose : share of the volume outside the largest
    part, crumbs that the clean-up removes not counted.
    """

    missing_legs: int
    loose: float


SOUND = Flaws(0, 0.0)
NOTHING = Flaws(LEGS, 1.0)
"""No body at all."""


def flaws_of(vertices: np.ndarray, faces: np.ndarray, legged: bool) -> Flaws:
    """Look at a closed surface, vertices (V, 3), z up, and faces (F, 3), wound outward."""
    part, volumes = part_volumes(vertices, faces)
    kept = volumes >= KEEP_SHARE * volumes[volumes > 0].sum()
    loose = 1.0 - float(volumes.max() / volumes[kept].sum()) if kept.sum() > 1 else 0.0
    if not legged:
        return Flaws(0, loose)
    stays = kept[part]
    number = np.cumsum(stays) - 1
    legs = count_legs(vertices[stays], number[faces[stays[faces[:, 0]]]])
    return Flaws(max(0, LEGS - legs), loose)


def look_at(bundle: Bundle, shape: Tensor, legged: bool, on_chunk: OnChunk | None = None) -> Flaws:
    """The flaws of the body of raw shape tokens (1, S)."""
    try:
        surface = uncleaned(bundle, shape_function(bundle, shape), DETAIL, on_chunk)
    except ZoetropeError as error:
        if error.code != "empty_surface":
            raise
        return NOTHING
    return flaws_of(surface.vertices.astype(np.float64), surface.faces.astype(np.int64), legged)


def first_sound(
    draw: Callable[[int], Tensor], look: Callable[[Tensor], Flaws], most: int = DRAWS
) -> tuple[Tensor, int]:
    """The first sound body of at most so many, else the best of them; and the number that it was drawn as.

    A single one is not looked at.
    """
    found: list[tuple[Flaws, int, Tensor]] = []
    for number in range(most):
        body = draw(number)
        if most == 1:
            return body, number
        found.append((look(body), number, body))
        if found[-1][0] == SOUND:
            break
    _, number, body = min(found, key=lambda one: one[:2])
    return body, number


def generator_of(seed: int, number: int) -> torch.Generator:
    """Noise for the bodies of a seed: of its own for each, the seed's itself for the first."""
    if number:
        seed = int(np.random.SeedSequence([seed, number]).generate_state(1, np.uint64)[0])
    return torch.Generator().manual_seed(seed)
