"""Generated sequences as evaluation takes them: labels as often as the training clips have them."""

from collections.abc import Callable

import numpy as np

from zoetrope.engines.base import GenerateRequest
from zoetrope.engines.dnf import DnfEngine
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.clouds import moments, sample
from zoetrope.evaluation.references import Item

DETAIL = 64
ATTEMPTS = 3
"""Seeds that are tried for one item; a body that is empty is counted and drawn anew."""


def labels(engine: DnfEngine, count: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Draw (category, action) pairs with the training clips' frequencies."""
    pairs = [(c.name, a.name, a.clips) for c in engine.description.categories for a in c.actions]
    weight = np.array([clips for _, _, clips in pairs], dtype=float)
    chosen = rng.choice(len(pairs), count, p=weight / weight.sum())
    return [pairs[i][:2] for i in chosen]


def generated_items(
    engine: DnfEngine,
    count: int,
    set_number: int,
    detail: int = DETAIL,
    on_item: Callable[[int, int], None] | None = None,
) -> tuple[list[Item], int]:
    """Draw one independent set.

    Parameters
    ----------
    set_number : int
        Seeds of different sets never meet.

    Returns
    -------
    (items, failures)
        `failures` counts the draws that held no body; another seed stands in for each.
    """
    rng = np.random.default_rng(set_number)
    items, failures = [], 0
    for i, (category, action) in enumerate(labels(engine, count, rng)):
        for attempt in range(ATTEMPTS):
            seed = (set_number * 10_000 + i) * ATTEMPTS + attempt
            try:
                drawn = engine.generate(
                    GenerateRequest(category, action, seed, detail=detail), lambda *_: None
                )
            except ZoetropeError as error:
                if error.code != "empty_surface" or attempt + 1 == ATTEMPTS:
                    raise
                failures += 1
                continue
            frames = drawn.vertices[moments(len(drawn.vertices))]
            clouds = sample(frames, drawn.faces, rng)
            items.append(Item(f"seed {seed}", action, category, action, clouds))
            break
        if on_item is not None:
            on_item(i + 1, count)
    return items, failures
