"""Fit tokens to one unseen creature, the fields being frozen (auto-decoding, DeepSDF section 4)."""

import torch
from torch import Tensor

from zoetrope.engines.weights.bundle import Bundle
from zoetrope.training.from_weights.decode_tokens import distances_at, motion_offsets
from zoetrope.training.optimisation.mixed_precision import mixed_precision
from zoetrope.training.stages.losses import distance_loss

BATCH = 4096
"""Points a step."""
PROBE_POINTS = 2048
"""Points on which the initial tokens are compared."""
FLOW_BATCH = 256
"""Points of every frame a step."""
FLOAT32_SHARE = 0.25
"""Share of the steps, the last ones, that run in float32; the others may run in bfloat16."""
LATENT_LR, CODE_LR, MOTION_LR = 0.12, 0.6, 0.3
"""Adam's, of standardised tokens, chosen on unseen creatures of the validation part. They are high since the
fit has few steps and unseen creatures are many standard deviations away, most of all in the codes of bodies,
which hardly differ between training bodies."""


def fit_shape(
    bundle: Bundle,
    points: Tensor,
    distances: Tensor,
    initial: Tensor | None = None,
    steps: int = 300,
    latent_lr: float = LATENT_LR,
    code_lr: float = CODE_LR,
    prior: float = 1e-6,
    seed: int = 0,
) -> Tensor:
    """Return raw shape tokens (1, S) whose surface fits distance samples.

    Parameters
    ----------
    points : (N, 3), distances : (N,)
        Samples in the box, negative inside.
    initial : (K, S), optional
        Candidate raw tokens to start from, of which the best is taken; by default the mean of the training
        tokens.
    latent_lr, code_lr : float
        Adam's learning rates of the latent and of the codes, both standardised.
    prior : float
        Weight of the squared standardised tokens.
    """
    generator = torch.Generator().manual_seed(seed)
    model = bundle.shape_model

    def decode(tokens: Tensor, points: Tensor) -> Tensor:
        return distances_at(bundle, tokens, points[None])[0]

    start = torch.zeros(1, model.size)
    if initial is not None and len(initial):
        probe = torch.randint(len(points), (PROBE_POINTS,), generator=generator)
        with torch.no_grad():
            losses = [
                float(distance_loss(decode(row[None], points[probe]), distances[probe])) for row in initial
            ]
        best = min(range(len(losses)), key=losses.__getitem__)
        start = model.standardiser(initial[best : best + 1])
    size = bundle.shape_field.config.latent
    latent, codes = (part.clone().requires_grad_(True) for part in (start[:, :size], start[:, size:]))
    optimiser = torch.optim.Adam([{"params": [latent], "lr": latent_lr}, {"params": [codes], "lr": code_lr}])
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for step in range(steps):
        rows = torch.randint(len(points), (min(BATCH, len(points)),), generator=generator)
        tokens = torch.cat([latent, codes], dim=1)
        with _precision(step, steps, points):
            predicted = decode(model.standardiser.inverse(tokens), points[rows])
        loss = distance_loss(predicted, distances[rows]) + prior * tokens.square().sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return model.standardiser.inverse(torch.cat([latent, codes], dim=1).detach())


def fit_motion(
    bundle: Bundle,
    shape: Tensor,
    points: Tensor,
    offsets: Tensor,
    steps: int = 200,
    lr: float = MOTION_LR,
    prior: float = 1e-6,
    seed: int = 0,
) -> Tensor:
    """Return a clip's raw motion tokens (T, Z + L C) for raw shape tokens (1, S).

    These are latents and codes of every frame, without the extra channels; with `clip_codes` the codes are
    the same in all frames.

    Parameters
    ----------
    points : (M, 3)
        On or near the rest pose's surface, box units.
    offsets : (T, M, 3)
        Displacements of the points, without each frame's rigid transform.
    """
    generator = torch.Generator().manual_seed(seed)
    config, count = bundle.motion_model.config, len(offsets)
    size = config.codes.stop
    standardiser = bundle.motion_model.standardiser
    mean, deviation = standardiser.mean[:size], (standardiser.deviation * standardiser.varies)[:size]
    shape_latents = shape[:, : config.shape].expand(count, -1)
    latents = torch.zeros(count, config.latent, requires_grad=True)
    codes = torch.zeros(1 if config.clip_codes else count, size - config.latent, requires_grad=True)
    optimiser = torch.optim.Adam([latents, codes], lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for step in range(steps):
        rows = torch.randint(len(points), (min(FLOW_BATCH, len(points)),), generator=generator)
        batch = points[rows].expand(count, -1, -1)
        tokens = torch.cat([latents, codes.expand(count, -1)], dim=1)
        with _precision(step, steps, points):
            predicted = motion_offsets(bundle, shape_latents, tokens * deviation + mean, batch)
        loss = (predicted - offsets[:, rows]).abs().mean() + prior * tokens.square().sum(-1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return (torch.cat([latents, codes.expand(count, -1)], dim=1) * deviation + mean).detach()


def _precision(step: int, steps: int, like: Tensor) -> torch.autocast:
    return mixed_precision(like.device, enabled=step < (1 - FLOAT32_SHARE) * steps)
