"""More bodies than were prepared: between two bodies of one creature lies a whole body.

A few hundred bodies are few for a diffusion, which learns them by heart. Half-way between the latents of two
bodies of one creature the field holds a body with all its legs; a short way to another creature of the
category too: how short depends on how unlike they are.
"""

import torch
from torch import Tensor

from zoetrope.training.data.labels import UNLABELLED
from zoetrope.training.data.prepared import PreparedData

MAX_CROSS_CREATURE = 0.25
"""How far a body may be interpolated towards another creature of its category; 1 is all the way."""


class LatentInterpolator:
    """Draws bodies, some of them mixed.

    Parameters
    ----------
    data : PreparedData
    share : float
        Share of the samples that are interpolated with a body of their creature, and, independently, with one
        of their category.
    """

    def __init__(self, data: PreparedData, share: float) -> None:
        self.share, self.data = share, data
        category = {clip.creature: clip.category for clip in data.clips}
        of_creature = [
            data.creatures[i] if category[i] == UNLABELLED else category[i]
            for i in range(len(data.creatures))
        ]
        names = sorted(set(of_creature))
        of_body = [names.index(of_creature[body.creature]) for body in data.bodies]
        groups = [[i for i, c in enumerate(of_body) if c == k] for k in range(len(names))]
        longest = max(len(group) for group in groups)
        self.of_body = torch.tensor(of_body, device=data.device)
        self.count = torch.tensor([len(group) for group in groups], device=data.device)
        padded = [group + [0] * (longest - len(group)) for group in groups]
        self.of_category = torch.tensor(padded, device=data.device)

    def __call__(self, vectors: Tensor, rows: Tensor, generator: torch.Generator) -> Tensor:
        """Vectors of all bodies (N, D), the drawn bodies' numbers (B,) -> (B, D)."""
        draw = torch.rand(6, len(rows), generator=generator, device=rows.device)
        creature, category = self.data.of_body[rows], self.of_body[rows]
        near = self.data.first_body[creature] + (draw[0] * self.data.body_count[creature]).long()
        far = self.of_category[category, (draw[1] * self.count[category]).long()]
        home = draw[2] * (draw[3] < self.share)
        other_creature = MAX_CROSS_CREATURE * draw[4] * (draw[5] < self.share)
        mixed = torch.lerp(vectors[rows], vectors[near], home[:, None])
        return torch.lerp(mixed, vectors[far], other_creature[:, None])
