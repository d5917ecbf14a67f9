"""How far a body may be interpolated towards each other one of its category before it melts."""

from collections.abc import Callable

import torch
from torch import Tensor

WEIGHTS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
"""Interpolation weights that are tried, in ascending order."""
POINTS = 60
"""Surface points of each of the two bodies at which the gradient is measured."""
STEP = 2e-3
"""Box units, of the central differences."""
PROJECTIONS = 1
"""Newton steps from the two bodies' surfaces to that of the interpolated body."""
MAX_PROJECTION = 0.05
"""Box units, largest Newton step."""
QUANTILE = 0.9
"""The limit of a group is this quantile of its training bodies. Of 20 bodies between two fish those with up
to 0.96 times of it were smooth, those with 1.12 times and more were lumpy."""

SignedDistance = Callable[[Tensor], Tensor]
"""Points (B, N, 3) of B bodies -> signed distances (B, N)."""
ComposeDistance = Callable[[Tensor], SignedDistance]
"""Raw tokens (B, S) -> their signed distance."""


@torch.no_grad()
def interpolation_limits(
    compose: ComposeDistance, tokens: Tensor, surfaces: list[Tensor], groups: Tensor
) -> Tensor:
    """Return the largest weight (N, N) of each other body (column) interpolated with a body (row).

    An interpolated body counts as whole up to a weight if at this and all smaller weights the eikonal
    deviation at its surface (`engines.sampling.body_checks.eikonal_deviation`) stays below its group's limit.
    Between bodies of two groups, and on the diagonal, the weight is 0.

    Parameters
    ----------
    compose : callable
    tokens : (N, S)
        Raw tokens of all bodies.
    surfaces : list of (P, 3)
        Points of their surfaces.
    groups : (N,) int
        Bodies of one group may be interpolated.
    """
    chosen = torch.stack([points[torch.linspace(0, len(points) - 1, POINTS).long()] for points in surfaces])
    own = eikonal_deviations(compose(tokens), chosen)
    limits = tokens.new_zeros(len(tokens), len(tokens))
    for body, group in enumerate(groups.tolist()):
        members = groups == group
        limit = own[members].quantile(QUANTILE)
        members[body] = False
        others = members.nonzero().flatten()
        for weight in WEIGHTS:
            if not len(others):
                break
            mixed = torch.lerp(tokens[body].expand(len(others), -1), tokens[others], weight)
            near = torch.cat([chosen[body].expand(len(others), -1, -1), chosen[others]], dim=1)
            others = others[eikonal_deviations(compose(mixed), near) <= limit]
            limits[body, others] = weight
    return limits


def eikonal_deviations(distance: SignedDistance, points: Tensor) -> Tensor:
    """Return the mean of | |gradient| - 1 | (B,) at the surfaces of B bodies near points (B, N, 3)."""
    for _ in range(PROJECTIONS):
        gradient = _gradients(distance, points)
        step = (
            distance(points)[..., None] * gradient / gradient.square().sum(-1, keepdim=True).clamp_min(1e-6)
        )
        length = step.norm(dim=-1, keepdim=True).clamp_min(1e-9)
        points = points - step * (MAX_PROJECTION / length).clamp_max(1.0)
    return (_gradients(distance, points).norm(dim=-1) - 1).abs().mean(dim=1)


def _gradients(distance: SignedDistance, points: Tensor) -> Tensor:
    """Return central differences (B, N, 3)."""
    axes = STEP * torch.eye(3, device=points.device)
    differences = [distance(points + axis) - distance(points - axis) for axis in axes]
    return torch.stack(differences, dim=-1) / (2 * STEP)
