"""Checks of a recipe before anything is computed: bounds of numbers, a name that can be a folder's."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from zoetrope.engines.weights.description_checks import MAX_NAME, transformer_faults
from zoetrope.errors import ZoetropeError
from zoetrope.training.run_files import FOLDERS

SHARE, WIDTH, RATE = (0, 1), (1, 4096), (1e-9, 1)
BOUNDS: dict[str, tuple[float, float]] = {
    "seed": (0, 2**31 - 1),
    "processes": (1, 2),
    # Samples
    "frames": (1, 1024),
    "sdf_samples": (1, 1e8),
    "flow_points": (1, 1e8),
    "colour_points": (1, 1e8),
    "uniform": (1, 1e7),
    "near": (0, 1e7),
    "deviation": (0, 2),
    "grid": (0, 128),
    # Sizes
    "dimensions": (3, 4),
    "width": WIDTH,
    "depth": (1, 64),
    "heads": (1, 256),
    "latent": WIDTH,
    "shape_latent": WIDTH,
    "code": WIDTH,
    "kept": WIDTH,
    "residual": (0, 4096),
    "components": (0, 4096),
    "token": WIDTH,
    "octaves": (0, 16),
    "frequency": (1e-3, 1e3),
    "time_scale": (1e-3, 1e3),
    "temporal_reach": (0, 64),
    # Optimisation
    "steps": (0, 1e9),  # 0: a stage that a run with frozen parts leaves out
    "diffusion.steps": (1, 1e9),
    "instances": (1, 1e5),
    "points": (1, 1e10),
    "projection.points": (0, 1e10),
    "clips": (1, 1e5),
    "batch": (1, 1e6),
    "lr": RATE,
    "muon_lr": SHARE,
    "embedding_lr": RATE,
    "prior": (0, 1e3),
    "within_creature_prior": (0, 1e3),
    "noise": (0, 10),
    "near_share": SHARE,
    "ema": (0, 0.9999999),
    "dropout": (0, 0.99),
    "label_dropout": SHARE,
    "latent_interpolation": SHARE,
    "class_balance": SHARE,
    # Sampling
    "guidance": (0, 100),
    "sampling_steps": (1, 1000),
    "proportion_strengths": (0, 2),
}
"""Setting, or "table.setting" -> least and greatest value. What weights may hold is compared with theirs."""
NAME = re.compile(r"[\w][\w .+-]*")


def recipe_faults(recipe: Any) -> Iterator[str]:
    """Yield what is wrong with the values of a recipe (a dataclass), as ends of a sentence."""
    name = recipe.name
    if len(name) > MAX_NAME or not NAME.fullmatch(name) or name.endswith((".", " ")):
        yield (
            f"its name is {name[:40]!r}, and must be up to {MAX_NAME} letters, digits, spaces, '-', '_', "
            "'.' or '+', a letter or digit first"
        )
    elif name.lower() in FOLDERS:
        yield f"its name is {name!r}, as a folder of the run"
    for label, value in _numbers(recipe):
        low, high = BOUNDS.get(label) or BOUNDS[label.split(".")[-1]]
        if not low <= value <= high:  # nan too
            yield f"{label} is {value:g}, and must be {low:g} to {high:g}"
    for field in fields(recipe):
        table = getattr(recipe, field.name)
        if hasattr(table, "heads"):
            yield from transformer_faults(field.name, table.width, table.heads)


def refuse_faults(recipe: str, faults: Iterable[str]) -> None:
    """Raise ZoetropeError of code "bad_option" for the first fault of a recipe, an end of a sentence."""
    for fault in faults:
        raise ZoetropeError(
            f"The recipe {recipe} cannot be trained: {fault}.",
            code="bad_option",
            remedy="Change this in the recipe.",
        )


def _numbers(settings: Any, table: str = "") -> Iterator[tuple[str, float]]:
    """Yield "table.setting" and value of all numbers of nested settings."""
    for field in fields(settings):
        label, value = f"{table}{field.name}", getattr(settings, field.name)
        if is_dataclass(value):
            yield from _numbers(value, f"{label}.")
        elif isinstance(value, dict):
            for inner in value.values():
                yield label, inner
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield label, value
