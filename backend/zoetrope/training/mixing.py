"""More bodies than were prepared: between two bodies of one creature lies a whole body.

A few hundred bodies are few for a diffusion, which learns them by heart. Half-way between the latents of two
bodies of one creature the field holds a body with all its legs; a quarter of the way to another creature of
the category too, but not further.
"""

import torch
from torch import Tensor

from zoetrope.training.data import Prepared

ABROAD = 0.25
"""The furthest way to another creature."""


class Mixer:
    """Draws bodies, some of them mixed.

    Parameters
    ----------
    data : Prepared
    share : float
        Share of the draws that are mixed with a body of their creature, and, independently, with one of their
        category.
    """

    def __init__(self, data: Prepared, share: float) -> None:
        self.share = share
        self.category = {clip.creature: clip.category for clip in data.clips}
        self.of_creature: dict[int, Tensor] = {}
        self.of_category: dict[str, Tensor] = {}
        self.creature = torch.tensor([body.creature for body in data.bodies])
        for creature, category in self.category.items():
            own = torch.tensor(data.bodies_of(creature))
            self.of_creature[creature] = own
            self.of_category[category] = torch.cat([self.of_category.get(category, own[:0]), own])

    def __call__(self, vectors: Tensor, rows: Tensor, generator: torch.Generator) -> Tensor:
        """Vectors of all bodies (N, D), the drawn bodies' numbers (B,) -> (B, D)."""
        draw = torch.rand(6, len(rows), generator=generator)
        creatures = self.creature[rows].tolist()
        near = _one_of_each([self.of_creature[c] for c in creatures], draw[0])
        far = _one_of_each([self.of_category[self.category[c]] for c in creatures], draw[1])
        home = draw[2] * (draw[3] < self.share)
        abroad = ABROAD * draw[4] * (draw[5] < self.share)
        mixed = torch.lerp(vectors[rows], vectors[near], home[:, None])
        return torch.lerp(mixed, vectors[far], abroad[:, None])


def _one_of_each(groups: list[Tensor], draw: Tensor) -> Tensor:
    """One number out of each group (B,), chosen by draws (B,) in 0..1."""
    chosen = [group[int(x * len(group))] for group, x in zip(groups, draw.tolist(), strict=True)]
    return torch.stack(chosen)
