"""What is drawn and found unsound is drawn again, from noise that belongs to the seed."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import torch

Drawn = TypeVar("Drawn")

MAX_ATTEMPTS = 6
"""Bodies that are drawn at most for one creature, and motions."""


def first_passing(
    draw: Callable[[int], Drawn], look: Callable[[Drawn], Any], sound: Any, most: int = MAX_ATTEMPTS
) -> tuple[Drawn, int]:
    """The first of at most so many that is found sound, else the best of them; and its number.

    A single one is not looked at.

    Parameters
    ----------
    draw : callable
        Number, from 0 -> what is drawn.
    look : callable
        Its flaws: the smaller of two are the better, equal to `sound` where there are none.
    """
    found: list[tuple[Any, int, Drawn]] = []
    for number in range(most):
        drawn = draw(number)
        if most == 1:
            return drawn, number
        found.append((look(drawn), number, drawn))
        if found[-1][0] == sound:
            break
    _, number, drawn = min(found, key=lambda one: one[:2])
    return drawn, number


def seeded_generator(seed: int, number: int) -> torch.Generator:
    """Noise for what is drawn for a seed: of its own for each number, the seed's itself for the first."""
    if number:
        seed = int(np.random.SeedSequence([seed, number]).generate_state(1, np.uint64)[0])
    return torch.Generator().manual_seed(seed)
