"""Quality check of a sampled body: one piece, not melted, and if its category has legs, it stands on them.

The body is extracted at a coarse detail, before its motion is sampled; what falls apart there falls apart at
most details.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from torch import Tensor

from zoetrope.engines.decoding.surface import compose_shape_field, decode_surface, extract_uncleaned
from zoetrope.engines.progress import OnProgress
from zoetrope.engines.weights.bundle import Bundle
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
from zoetrope.geometry.mesh_properties import MeshArrays, component_volumes

CHECK_DETAIL = 96
"""Grid cells along the box of the surface that is checked. Legs, fins and wings, which training gives a
thickness of at least 0.026 box units, fall apart at 64: of the 140 training bodies 35 failed there, at 96
eight, for a skeleton's bones and for loose parts of at most 1 % of the volume."""
MAX_OVERHANG = 0.012
"""Share of the diagonal. One training creature has its centre of mass beyond its feet, by half of that."""
EIKONAL_POINTS = 1000
"""Vertices at which the norm of the field's gradient is measured."""
EIKONAL_STEP = 2e-3
"""Box units, of the central differences."""


class BodyCheck(NamedTuple):
    """Defects of a body; compares as smaller for the better of two bodies.

    ground_defects : of a four-legged category the number of missing legs, of other legged categories that of
    fragments on the ground (remains of feet), of the rest 0. At least 1 if a body with legs falls over,
    at most `QUADRUPED_LEGS`.
    loose_share : share of the volume outside the largest component, without the fragments that the clean-up
    removes; `check_body` counts only what is above the limit of the category.
    excess_deviation : how far `eikonal_deviation` is above what the category's training bodies have, else 0.
    """

    ground_defects: int
    loose_share: float
    excess_deviation: float = 0.0


BODY_PASSED = BodyCheck(0, 0.0, 0.0)
NO_BODY = BodyCheck(QUADRUPED_LEGS, 1.0, 1.0)
"""The field has no surface."""


def check_surface(vertices: np.ndarray, faces: np.ndarray, category: str) -> BodyCheck:
    """Check a closed surface.

    Parameters
    ----------
    vertices : (V, 3) float
        z up.
    faces : (F, 3) int
        Wound outward.
    category : str
    """
    component, volumes = component_volumes(vertices, faces)
    kept = volumes >= MIN_VOLUME_SHARE * volumes[volumes > 0].sum()
    ground_defects = 0
    if category in LEGGED_CATEGORIES:
        ground_defects = count_ground_defects(
            vertices, faces, component, volumes, kept, category in FOUR_LEGGED_CATEGORIES
        )
    return BodyCheck(ground_defects, loose_share(volumes, kept))


def count_ground_defects(
    vertices: np.ndarray,
    faces: np.ndarray,
    component: np.ndarray,
    volumes: np.ndarray,
    kept: np.ndarray,
    four_legged: bool,
) -> int:
    """Return `BodyCheck.ground_defects` of a body with legs.

    Parameters
    ----------
    vertices, faces : (V, 3) float, (F, 3) int
    component : (V,) int
        Connected component of each vertex.
    volumes : (C,) float
        Signed volume of each component.
    kept : (C,) bool
        Whether the clean-up keeps it.
    """
    vertex_kept = kept[component]
    cleaned = vertices[vertex_kept], (np.cumsum(vertex_kept) - 1)[faces[vertex_kept[faces[:, 0]]]]
    if four_legged:
        defects = QUADRUPED_LEGS - count_legs(*cleaned)
    else:
        low, high = vertices[:, 2].min(), vertices[:, 2].max()
        on_ground = np.unique(component[vertices[:, 2] < low + GROUND_BAND * (high - low)])
        defects = int((~kept & (volumes > 0))[on_ground].sum())
    falls = not centre_of_mass_overhang(*cleaned) <= MAX_OVERHANG  # nan, of no volume, falls too
    return min(QUADRUPED_LEGS, max(int(falls), defects))


def loose_share(volumes: np.ndarray, kept: np.ndarray) -> float:
    """Return `BodyCheck.loose_share` from the components' volumes (C,) and which the clean-up keeps (C,)."""
    return 1.0 - float(volumes.max() / volumes[kept].sum()) if kept.sum() > 1 else 0.0


def eikonal_deviation(field: Callable[[np.ndarray], np.ndarray], vertices: np.ndarray) -> float:
    """Return the mean of | |gradient| - 1 | of a signed distance at vertices (V, 3) of its surface.

    A signed distance has gradients of length 1 (the eikonal equation; Gropp et al., "Implicit Geometric
    Regularization for Learning Shapes", 2020). Latents far from those of training bodies decode to melted
    bodies, whose limbs merge and whose faces blur: the gradients there are shorter.

    Parameters
    ----------
    field : callable
        Points (N, 3) -> signed distance (N,).
    """
    chosen = vertices[np.linspace(0, len(vertices) - 1, min(len(vertices), EIKONAL_POINTS)).astype(int)]
    steps = EIKONAL_STEP * np.concatenate([np.eye(3), -np.eye(3)])
    values = field((chosen + steps[:, None]).reshape(-1, 3).astype(np.float32)).reshape(2, 3, -1)
    norms = np.linalg.norm((values[0] - values[1]) / (2 * EIKONAL_STEP), axis=0)
    return float(np.abs(norms - 1).mean())


def check_body(
    bundle: Bundle, shape: Tensor, category: str, on_chunk: OnChunk | None = None
) -> tuple[BodyCheck, Surface | None]:
    """Check the body of raw shape tokens (1, S); return also its coarse surface, None if it has none."""
    field = compose_shape_field(bundle, shape)
    try:
        surface = extract_uncleaned(bundle, field, CHECK_DETAIL, on_chunk)
    except ZoetropeError as error:
        if error.code != "empty_surface":
            raise
        return NO_BODY, None
    vertices, faces = surface.vertices.astype(np.float64), surface.faces.astype(np.int64)
    check = check_surface(vertices, faces, category)
    if check.loose_share <= bundle.description.loose_limits.get(category, 0.0):
        check = check._replace(loose_share=0.0)
    limit = bundle.description.eikonal_limits.get(category)
    if limit is not None:
        check = check._replace(excess_deviation=max(0.0, eikonal_deviation(field, vertices) - limit))
    return check, surface


def coarse_surface(
    bundle: Bundle, shape: Tensor, checked: Surface | None, on_progress: OnProgress
) -> MeshArrays:
    """Return the surface at `CHECK_DETAIL` of raw shape tokens (1, S), without fragments.

    Previews show it, and maps of the body are made on it, whatever the requested detail. `checked` is the
    surface that `check_body` returned; None for a body that was not checked.
    """
    return decode_surface(bundle, shape, CHECK_DETAIL, on_progress, checked)
