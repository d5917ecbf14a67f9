"""Measures how much training bodies have of what sampled bodies are checked for: the limits of the check."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from zoetrope.engines.decoding.surface import compose_shape_field, extract_uncleaned
from zoetrope.engines.sampling.body_checks import CHECK_DETAIL, check_surface, eikonal_deviation
from zoetrope.engines.weights.bundle import Bundle, load_bundle, save_description
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.interpolation_limits import QUANTILE
from zoetrope.training.data.labels import UNLABELLED
from zoetrope.training.data.training_tokens import load_tokens

TOLERANCE = 1.1
"""Times the quantile of the training bodies, up to which a sampled body passes; melted ones have 1.5 to 3
times of it."""
MAX_BODIES = 40
"""Training bodies of a category that are measured."""


class BodyMeasures(NamedTuple):
    """Eikonal deviation and loose share of a training body, see `engines.sampling.body_checks`."""

    deviation: float
    loose_share: float


class BodyLimits(NamedTuple):
    """`Description.eikonal_limits` and `Description.loose_limits`, by category."""

    eikonal: dict[str, float]
    loose: dict[str, float]


def measure_body_limits(bundle: Bundle, tokens: Tensor, categories: Sequence[str]) -> BodyLimits:
    """Return the limits of the body check, from raw tokens (N, S) of training bodies and their categories.

    Unlabelled bodies belong to no category: none is sampled as theirs.
    """
    limits, labels = BodyLimits({}, {}), np.array(categories, dtype=str)
    for category in sorted(set(categories) - {UNLABELLED}):
        rows = np.flatnonzero(labels == category)
        chosen = rows[np.linspace(0, len(rows) - 1, min(len(rows), MAX_BODIES)).astype(int)]
        found = [_measures(bundle, tokens[row : row + 1], category) for row in chosen.tolist()]
        measured = [one for one in found if one is not None]
        if measured:
            deviation, loose = np.quantile(measured, QUANTILE, axis=0)
            limits.eikonal[category] = round(TOLERANCE * float(deviation), 4)
            limits.loose[category] = round(float(loose), 4)
    return limits


def _measures(bundle: Bundle, shape: Tensor, category: str) -> BodyMeasures | None:
    """Return the measures of one body's raw tokens (1, S); None if it has no surface."""
    field = compose_shape_field(bundle, shape)
    try:
        surface = extract_uncleaned(bundle, field, CHECK_DETAIL)
    except ZoetropeError as error:
        if error.code != "empty_surface":
            raise
        return None
    vertices, faces = surface.vertices.astype(np.float64), surface.faces.astype(np.int64)
    loose = check_surface(vertices, faces, category).loose_share
    return BodyMeasures(eikonal_deviation(field, vertices), loose)


def add_body_limits(weights: Path, tokens: Path) -> BodyLimits:
    """Measure the limits of the weights in a folder and write them into their description."""
    bundle, trained = load_bundle(weights), load_tokens(tokens)
    found = measure_body_limits(bundle, torch.from_numpy(trained.shape), trained.shape_category.tolist())
    description = replace(bundle.description, eikonal_limits=found.eikonal, loose_limits=found.loose)
    save_description(weights, description)
    return found
