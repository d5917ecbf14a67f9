"""Fit tokens and palettes of all prepared creatures to fields that are frozen (auto-decoding in batches)."""

import torch
from torch import Tensor, nn

from zoetrope.engines.weights.bundle import Bundle
from zoetrope.fields.colour import ColourField
from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.from_weights.decode_tokens import distances_at, motion_offsets
from zoetrope.training.optimisation.embeddings import ClipEmbedding, Embedding
from zoetrope.training.optimisation.mixed_precision import mixed_precision
from zoetrope.training.recipe import StageRecipe
from zoetrope.training.stages.batches import flat_frames, motion_batch, shape_batch
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.losses import distance_loss
from zoetrope.training.stages.tokens import extra_channels

TOKEN_LR = 0.03
"""SparseAdam's, of standardised tokens that start near their end. Unseen creatures need the rates of
`fit_unseen_creature`: with this one their bodies are still in shreds after 600 steps."""
PRIOR = 1e-6
"""Weight of the squared standardised tokens."""
MIN_REGION_WEIGHT = 5.0
"""Points of a body, of its thousands, that must lie in a region for their mean colour to be its colour."""


def fit_shape_tokens(
    bundle: Bundle,
    stage: StageRecipe,
    context: StageContext,
    initial: Tensor | None = None,
    lrs: tuple[float, float] = (TOKEN_LR, TOKEN_LR),
) -> Tensor:
    """Return raw shape tokens (N, S) of all bodies.

    Parameters
    ----------
    initial : (N, S) raw tokens, optional
        Start of the fit; by default the mean of the weights' training tokens.
    lrs : of the latents and of the codes, both standardised.
    """
    data, model, count = context.data, bundle.shape_model, len(context.data.bodies)
    size = model.config.latent
    latents = Embedding(count, size, deviation=0.0).to(data.device)
    codes = Embedding(count, model.size - size, deviation=0.0).to(data.device)
    if initial is not None:
        start = model.standardiser(initial.to(data.device))
        latents.fill(start[:, :size])
        codes.fill(start[:, size:])

    def standardised(bodies: Tensor) -> Tensor:
        return torch.cat([latents(bodies), codes(bodies)], dim=1)

    def loss_of(generator: torch.Generator) -> Tensor:
        bodies, points, distances = shape_batch(data, stage.instances, stage.points, generator)
        tokens = standardised(bodies)
        with mixed_precision(data.device):
            predicted = distances_at(bundle, model.standardiser.inverse(tokens), points)
        return distance_loss(predicted, distances) + PRIOR * tokens.square().sum(-1).mean()

    modules: dict[str, nn.Module] = {"latents": latents, "codes": codes}
    optimisers: dict[str, torch.optim.Optimizer] = {
        name: torch.optim.SparseAdam(list(module.parameters()), lr=lr)
        for (name, module), lr in zip(modules.items(), lrs, strict=True)
    }
    context.run("shape_tokens", stage.steps, modules, optimisers, loss_of)
    rows = torch.arange(count, device=data.device)
    return model.standardiser.inverse(standardised(rows)).detach()


def fit_motion_tokens(
    bundle: Bundle,
    stage: StageRecipe,
    context: StageContext,
    shape_tokens: Tensor,
    initial: Tensor | None = None,
    lr: float = TOKEN_LR,
) -> Tensor:
    """Return raw motion tokens (C, T, M) of all clips, given raw shape tokens (N, S) of all bodies.

    Parameters
    ----------
    initial : (C, T, M) raw tokens, optional
        Start of the fit; by default the mean of the weights' training tokens.
    lr : of latents and codes, both standardised.
    """
    data, config = context.data, bundle.motion_model.config
    cyclic = [clip.cyclic for clip in data.clips]
    latents = ClipEmbedding(cyclic, config.frames, config.latent).to(data.device)
    code_size = config.layers * config.code
    codes = ClipEmbedding(cyclic, config.frames, code_size, constant=config.clip_codes).to(data.device)
    standardiser = bundle.motion_model.standardiser
    mean = standardiser.mean[: config.codes.stop]
    deviation = (standardiser.deviation * standardiser.varies)[: config.codes.stop]
    shape_latents = shape_tokens[:, : bundle.motion_field.config.shape_latent]
    if initial is not None:
        start = standardiser(initial.to(data.device))
        latents.fill(start[..., config.latents])
        codes.fill(start[..., config.codes])

    def standardised(clips: Tensor, frames: Tensor) -> Tensor:
        return torch.cat([latents(clips, frames), codes(clips, frames)], dim=-1)

    def loss_of(generator: torch.Generator) -> Tensor:
        clips, frames, bodies, points, offsets = motion_batch(data, stage.instances, stage.points, generator)
        shape, points = flat_frames(shape_latents[bodies], points)
        tokens = standardised(clips, frames).flatten(0, 1)
        with mixed_precision(data.device):
            predicted = motion_offsets(bundle, shape, tokens * deviation + mean, points)
        prior = tokens.square().sum(-1).mean()
        return (predicted - offsets.flatten(0, 1)).abs().mean() + PRIOR * prior

    modules: dict[str, nn.Module] = {"latents": latents, "codes": codes}
    optimisers: dict[str, torch.optim.Optimizer] = {
        name: torch.optim.SparseAdam(list(module.parameters()), lr=lr) for name, module in modules.items()
    }
    context.run("motion_tokens", stage.steps, modules, optimisers, loss_of)
    clips = torch.arange(len(data.clips), device=data.device)
    every = torch.arange(config.frames, device=data.device).expand(len(clips), -1)
    return torch.cat([standardised(clips, every).detach() * deviation + mean, extra_channels(data)], dim=-1)


@torch.no_grad()
def fit_palettes(field: ColourField, data: PreparedData, shape_latents: Tensor) -> Tensor:
    """Return raw palettes (N, P) with which the frozen field comes nearest to the bodies' own colours.

    The colour of a region is the mean of the body's own colours there; a region that the field does not
    predict keeps that of the body's own palette.

    Parameters
    ----------
    shape_latents : (N, Z)
        Raw latents of all bodies.
    """
    palettes = []
    for points, region, palette, latent in zip(
        data.colour_points, data.colour_region.long(), data.palettes, shape_latents, strict=True
    ):
        share = field.logits(points[None], latent[None])[0].softmax(dim=-1)
        weight = share.sum(0)[:, None]
        mean = share.T @ palette[region] / weight.clamp_min(1e-9)
        palettes.append(torch.where(weight > MIN_REGION_WEIGHT, mean, palette).flatten())
    return torch.stack(palettes)
