"""Fitting tokens to a creature that the weights have not seen: the fields stay as they are."""

import torch
from torch import Tensor

from zoetrope.engines.bundle import Bundle
from zoetrope.training.stages.shape_field import distance_loss

BATCH = 4096
PROBE = 2048
FLOW_BATCH = 256
"""Points of every frame in one step."""
FINE = 0.25
"""Last share of the steps, in single precision; those before run in bfloat16."""
LATENT_RATE, CODE_RATE, MOTION_RATE = 0.12, 0.6, 0.3
"""Of standardised tokens, chosen on unseen creatures of the validation part. What is fitted in so few steps
lies many deviations away, the codes of bodies most of all: those of the training hardly differ."""


def _coarse(step: int, steps: int, like: Tensor) -> torch.autocast:
    return torch.autocast(like.device.type, dtype=torch.bfloat16, enabled=step < (1 - FINE) * steps)


def fit_shape(
    bundle: Bundle,
    points: Tensor,
    distances: Tensor,
    starts: Tensor | None = None,
    steps: int = 300,
    rate: float = LATENT_RATE,
    embedding_lr: float = CODE_RATE,
    prior: float = 1e-6,
    seed: int = 0,
) -> Tensor:
    """Shape tokens (1, S), raw, whose surface is that of distance samples.

    Auto-decoding (DeepSDF section 4) in standardised tokens, from the best of several starts.

    Parameters
    ----------
    points : (N, 3), distances : (N,)
        Samples in the box, negative inside.
    starts : (K, S), optional
        Raw tokens to begin from, the training's for instance; their mean where not given.
    rate, embedding_lr : float
        Adam's, of the latent and of the codes, both standardised.
    prior : float
        Weight of the squared standardised tokens.
    """
    generator = torch.Generator().manual_seed(seed)
    model = bundle.shape_model

    def predicted(tokens: Tensor, where: Tensor) -> Tensor:
        latent, codes = model.split(tokens)
        out: Tensor = bundle.shape_field(where[None], latent, bundle.shape_dictionary.compose(codes))[0]
        return out[0]

    start = torch.zeros(1, model.size)
    if starts is not None and len(starts):
        probe = torch.randint(len(points), (PROBE,), generator=generator)
        with torch.no_grad():
            losses = [
                float(distance_loss(predicted(s[None], points[probe]), distances[probe])) for s in starts
            ]
        best = min(range(len(losses)), key=losses.__getitem__)
        start = model.standardiser(starts[best : best + 1])
    own = bundle.shape_field.config.latent
    latent, codes = (part.clone().requires_grad_(True) for part in (start[:, :own], start[:, own:]))
    optimiser = torch.optim.Adam([{"params": [latent], "lr": rate}, {"params": [codes], "lr": embedding_lr}])
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for step in range(steps):
        rows = torch.randint(len(points), (min(BATCH, len(points)),), generator=generator)
        tokens = torch.cat([latent, codes], dim=1)
        with _coarse(step, steps, points):
            there = predicted(model.standardiser.inverse(tokens), points[rows])
        loss = distance_loss(there, distances[rows]) + prior * tokens.square().sum()
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
    rate: float = MOTION_RATE,
    prior: float = 1e-6,
    seed: int = 0,
) -> Tensor:
    """A clip's field tokens (T, Z + L C), raw, for shape tokens (1, S): latents and codes of every frame.

    Codes that belong to a clip are one for all its frames.

    Parameters
    ----------
    points : (M, 3)
        On or near the rest pose's surface, box units.
    offsets : (T, M, 3)
        Where they go, the frame's rigid transform taken off.
    """
    generator = torch.Generator().manual_seed(seed)
    field, dictionary = bundle.motion_field, bundle.motion_dictionary
    own = field.config.latent
    count, layers = len(offsets), len(dictionary.layers)
    size = own + layers * dictionary.config.code
    standardiser = bundle.motion_model.standardiser
    mean, deviation = standardiser.mean[:size], (standardiser.deviation * standardiser.live)[:size]
    of_body = shape[:, : field.config.shape_latent].expand(count, -1)
    latents = torch.zeros(count, own, requires_grad=True)
    clip_codes = bundle.motion_model.config.clip_codes
    codes = torch.zeros(1 if clip_codes else count, size - own, requires_grad=True)
    optimiser = torch.optim.Adam([latents, codes], lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for step in range(steps):
        rows = torch.randint(len(points), (min(FLOW_BATCH, len(points)),), generator=generator)
        where = points[rows].expand(count, -1, -1)
        tokens = torch.cat([latents, codes.expand(count, -1)], dim=1)
        with _coarse(step, steps, points):
            there = motion_offsets(bundle, of_body, tokens * deviation + mean, where)
        loss = (there - offsets[:, rows]).abs().mean() + prior * tokens.square().sum(-1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return (torch.cat([latents, codes.expand(count, -1)], dim=1) * deviation + mean).detach()


def motion_offsets(bundle: Bundle, shape: Tensor, tokens: Tensor, points: Tensor) -> Tensor:
    """Offsets (T, M, 3) at points (T, M, 3) for shape latents (T, Z) and field tokens (T, Z + L C)."""
    own = bundle.motion_field.config.latent
    codes = tokens[:, own:].reshape(len(tokens), -1, bundle.motion_dictionary.config.code)
    weights = bundle.motion_dictionary.compose(codes)
    out: Tensor = bundle.motion_field(points, shape, tokens[:, :own], weights)
    return out
