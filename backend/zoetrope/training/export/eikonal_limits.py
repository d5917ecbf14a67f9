"""Measures how large the eikonal deviation of training bodies is: what sampled bodies are checked against."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from zoetrope.engines.body_checks import CHECK_DETAIL, eikonal_deviation
from zoetrope.engines.decoding import compose_shape_field, extract_uncleaned
from zoetrope.engines.weights.bundle import Bundle, load_bundle, save_description
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.training_tokens import TrainingTokens, load_tokens

MAX_BODIES = 40
"""Training bodies of a category that are measured."""
TOLERANCE = 1.25
"""The limit is this times the 90th percentile of the training bodies. Whole bodies between two training
bodies have up to 1.2 times their deviation, melted ones 1.5 to 3 times (measured on 24 bodies)."""


def measure_eikonal_limits(bundle: Bundle, tokens: TrainingTokens) -> dict[str, float]:
    """Return `Description.eikonal_limits` from the training tokens of the weights."""
    limits = {}
    for category in sorted(set(tokens.shape_category.tolist())):
        rows = np.flatnonzero(tokens.shape_category == category)
        chosen = rows[np.linspace(0, len(rows) - 1, min(len(rows), MAX_BODIES)).astype(int)]
        found = [_deviation(bundle, tokens.shape[row : row + 1]) for row in chosen]
        measured = [value for value in found if value is not None]
        if measured:
            limits[category] = round(TOLERANCE * float(np.percentile(measured, 90)), 4)
    return limits


def _deviation(bundle: Bundle, shape: np.ndarray) -> float | None:
    """Return the deviation of one body's raw tokens (1, S); None if it has no surface."""
    field = compose_shape_field(bundle, torch.from_numpy(shape))
    try:
        surface = extract_uncleaned(bundle, field, CHECK_DETAIL)
    except ZoetropeError as error:
        if error.code != "empty_surface":
            raise
        return None
    return eikonal_deviation(field, surface.vertices)


def add_eikonal_limits(weights: Path, tokens: Path) -> dict[str, float]:
    """Measure the limits of the weights in a folder and write them into their description."""
    bundle = load_bundle(weights)
    found = measure_eikonal_limits(bundle, load_tokens(tokens))
    save_description(weights, replace(bundle.description, eikonal_limits=found))
    return found
