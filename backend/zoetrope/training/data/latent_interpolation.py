"""Latent interpolation: the diffusions also train on bodies between the prepared ones.

A few hundred bodies are memorised by a diffusion. Half-way between the latents of two bodies of one creature
the field decodes a whole body; towards another creature of the category it does so only for a short way, that
differs from pair to pair (`interpolation_limits.py`).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from zoetrope.training.data.labels import UNLABELLED
from zoetrope.training.data.prepared_samples import PreparedData

MAX_CROSS_CREATURE = 0.25
"""Largest interpolation weight of another creature of the category, where it was not measured."""


class LatentInterpolator:
    """Interpolates some of the sampled bodies with other bodies.

    Parameters
    ----------
    data : PreparedData
    share : float
        Share of the samples that are interpolated with a body of their creature, and, independently, with one
        of their category. Unlabelled creatures are interpolated with their own bodies alone.
    limits : callable, optional
        Groups (N,) -> largest weight (N, N) of each other body (column). Called at the first sample, since it
        takes minutes, and a finished stage samples nothing.
    """

    def __init__(
        self, data: PreparedData, share: float, limits: Callable[[Tensor], Tensor] | None = None
    ) -> None:
        self.share, self.data, self._measure_limits = share, data, limits
        self._limits: Tensor | None = None
        category = {clip.creature: clip.category for clip in data.clips}
        group_of_creature = [
            data.creatures[i] if category[i] == UNLABELLED else category[i]
            for i in range(len(data.creatures))
        ]
        names = sorted(set(group_of_creature))
        group_of_body = [names.index(group_of_creature[body.creature]) for body in data.bodies]
        groups = [[i for i, g in enumerate(group_of_body) if g == k] for k in range(len(names))]
        longest = max(len(group) for group in groups)
        self.group_of_body = torch.tensor(group_of_body, device=data.device)
        self.group_size = torch.tensor([len(group) for group in groups], device=data.device)
        padded = [group + [0] * (longest - len(group)) for group in groups]
        self.bodies_of_group = torch.tensor(padded, device=data.device)

    def __call__(self, vectors: Tensor, rows: Tensor, generator: torch.Generator) -> Tensor:
        """Return vectors (B, D) for sampled bodies (B,), of vectors (N, D) of all bodies."""
        random = torch.rand(6, len(rows), generator=generator, device=rows.device)
        creature, group = self.data.creature_of_body[rows], self.group_of_body[rows]
        same = self.data.first_body[creature] + (random[0] * self.data.body_count[creature]).long()
        other = self.bodies_of_group[group, (random[1] * self.group_size[group]).long()]
        same_weight = random[2] * (random[3] < self.share)
        other_weight = self._largest(rows, other) * random[4] * (random[5] < self.share)
        mixed = torch.lerp(vectors[rows], vectors[same], same_weight[:, None])
        return torch.lerp(mixed, vectors[other], other_weight[:, None])

    def _largest(self, rows: Tensor, others: Tensor) -> Tensor | float:
        """Return the largest weights (B,) of other bodies (B,)."""
        if self._measure_limits is None:
            return MAX_CROSS_CREATURE
        if self._limits is None:
            self._limits = self._measure_limits(self.group_of_body)
        return self._limits[rows, others]
