"""Latent interpolation: the diffusions also train on bodies between the prepared ones.

A hundred bodies are memorised by a diffusion. Towards the latent of another creature of the category the
field decodes whole bodies only for a short way, that differs from pair to pair (`interpolation_limits.py`).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from zoetrope.training.data.labels import UNLABELLED
from zoetrope.training.data.prepared_samples import PreparedData

MAX_CROSS_CREATURE = 0.25
"""Largest interpolation weight of another creature of the category, where it was not measured."""


class LatentInterpolator:
    """Interpolates some of the sampled bodies with others of their category.

    Parameters
    ----------
    data : PreparedData
    share : float
        Share of the samples that are interpolated with a body of their category, unlabelled ones excepted.
    limits : callable, optional
        Groups (N,) -> largest weight (N, N) of each other body (column). Called at the first sample, since it
        takes minutes, and a finished stage samples nothing.
    """

    def __init__(
        self, data: PreparedData, share: float, limits: Callable[[Tensor], Tensor] | None = None
    ) -> None:
        self.share, self._measure_limits = share, limits
        self._limits: Tensor | None = None
        category = {clip.creature: clip.category for clip in data.clips}
        group_of_creature = [
            data.creatures[i] if category[i] == UNLABELLED else category[i]
            for i in range(len(data.creatures))
        ]
        names = sorted(set(group_of_creature))
        group_of_body = [names.index(group) for group in group_of_creature]
        groups = [[i for i, g in enumerate(group_of_body) if g == k] for k in range(len(names))]
        longest = max(len(group) for group in groups)
        self.group_of_body = torch.tensor(group_of_body, device=data.device)
        self.group_size = torch.tensor([len(group) for group in groups], device=data.device)
        padded = [group + [0] * (longest - len(group)) for group in groups]
        self.bodies_of_group = torch.tensor(padded, device=data.device)

    def __call__(self, vectors: Tensor, rows: Tensor, generator: torch.Generator) -> Tensor:
        """Return vectors (B, D) for sampled bodies (B,), of vectors (N, D) of all bodies."""
        random = torch.rand(3, len(rows), generator=generator, device=rows.device)
        group = self.group_of_body[rows]
        others = self.bodies_of_group[group, (random[0] * self.group_size[group]).long()]
        weights = self._largest(rows, others) * random[1] * (random[2] < self.share)
        return torch.lerp(vectors[rows], vectors[others], weights[:, None])

    def _largest(self, rows: Tensor, others: Tensor) -> Tensor | float:
        """Return the largest weights (B,) of other bodies (B,)."""
        if self._measure_limits is None:
            return MAX_CROSS_CREATURE
        if self._limits is None:
            self._limits = self._measure_limits(self.group_of_body)
        return self._limits[rows, others]
