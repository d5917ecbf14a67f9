"""Latent interpolation: the diffusions also train on bodies between the prepared ones.

A hundred bodies are memorised by a diffusion. Towards the latent of another creature of the category the
field decodes whole bodies only for a short way, that differs from pair to pair (`interpolation_limits.py`).
"""

from collections.abc import Callable
from functools import cache, partial

import torch
from torch import Tensor

from zoetrope.training.data.interpolation_limits import ComposeDistance, interpolation_limits
from zoetrope.training.data.labels import UNLABELLED
from zoetrope.training.data.prepared_samples import PreparedData

MeasureLimits = Callable[[], Tensor]
"""Measures the largest weight (N, N) of each other body (column) interpolated with a body (row)."""


def category_groups(data: PreparedData) -> Tensor:
    """Return the group (N,) of each body: those of a category are one, each unlabelled one is its own."""
    category = {clip.creature: clip.category for clip in data.clips}
    names = [
        creature if category[i] == UNLABELLED else category[i] for i, creature in enumerate(data.creatures)
    ]
    order = {name: index for index, name in enumerate(sorted(set(names)))}
    return torch.tensor([order[name] for name in names], device=data.device)


def measured_limits(data: PreparedData, compose: ComposeDistance, vectors: Tensor) -> MeasureLimits:
    """Return a function that measures the limits of bodies with these vectors (N, D) when first called.

    It takes minutes, and a finished stage samples nothing.
    """
    surfaces = [body.surface.to(data.device) for body in data.bodies]
    return cache(partial(interpolation_limits, compose, vectors, surfaces, category_groups(data)))


class LatentInterpolator:
    """Interpolates some of the sampled bodies with others of their category.

    Parameters
    ----------
    data : PreparedData
    share : float
        Share of the samples that are interpolated with a body of their category, unlabelled ones excepted.
    limits : callable, optional
        Largest weights, measured at the first sample; without it, as for bodies that have no surface to
        measure at, nothing is interpolated.
    """

    def __init__(self, data: PreparedData, share: float, limits: MeasureLimits | None = None) -> None:
        self.share, self._limits = share, limits
        self.group = category_groups(data)
        groups = [(self.group == k).nonzero().flatten().tolist() for k in range(int(self.group.max()) + 1)]
        longest = max(len(group) for group in groups)
        self.group_size = torch.tensor([len(group) for group in groups], device=data.device)
        padded = [group + [0] * (longest - len(group)) for group in groups]
        self.bodies_of_group = torch.tensor(padded, device=data.device)

    def __call__(self, vectors: Tensor, rows: Tensor, generator: torch.Generator) -> Tensor:
        """Return vectors (B, D) for sampled bodies (B,), of vectors (N, D) of all bodies."""
        random = torch.rand(3, len(rows), generator=generator, device=rows.device)
        if self._limits is None or self.share == 0:
            return vectors[rows]
        group = self.group[rows]
        others = self.bodies_of_group[group, (random[0] * self.group_size[group]).long()]
        weights = self._limits()[rows, others] * random[1] * (random[2] < self.share)
        return torch.lerp(vectors[rows], vectors[others], weights[:, None])
