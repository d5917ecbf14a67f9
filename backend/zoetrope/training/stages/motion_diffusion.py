"""Stage 6, the diffusion over windows of motion tokens, given a body's shape latent (DNF section 3)."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from zoetrope.diffusion.flow_matching import add_noise, sample_times, velocity_target
from zoetrope.diffusion.motion_model import MotionModel, MotionModelConfig
from zoetrope.engines.weights.bundle import Bundle
from zoetrope.training.data.class_balance import sampling_weights
from zoetrope.training.data.labels import REVERSIBLE, label_index
from zoetrope.training.data.latent_interpolation import LatentInterpolator, MeasureLimits
from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.optimisation.distributed import local_rows, masked_mean
from zoetrope.training.optimisation.mixed_precision import mixed_precision
from zoetrope.training.recipe import DiffusionRecipe, Recipe
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.diffusion_training import copy_trained_weights, train_with_ema
from zoetrope.training.stages.losses import part_weights

Windows = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]
"""Standardised windows (B, T, M), shape latents (B, Z), category and action indices (B,), flags (B, 2)."""
SampleWindows = Callable[[torch.Generator], Windows]
ONE_WAY_SHARE = 0.2
"""Share of the loops that are labelled as one-way motion."""
LOSS_WHITENING = 0.5
"""0 weights temporal frequencies in the loss by their power in the data, 1 weights all equally."""
PART_SHARES = (0.55, 0.15, 0.2, 0.1)
"""Of the loss: latent, codes, rigid transform, duration and speed."""
SHAPE_NOISE = 0.1
"""Standard deviation of the noise on the standardised shape latents."""
NONE_GIVEN, PREFIX_GIVEN, ENDS_GIVEN = 0.7, 0.8, 0.9
"""Cumulative shares of the windows of which no frame, a prefix, or both ends are given; of the rest any
frames. Most have none, since whole motions are the main task; the others train its variants alike."""


def frame_masks(count: int, frames: int, generator: torch.Generator) -> Tensor:
    """Sample which frames of each window are given clean (count, frames): none, a prefix, both ends, or any.

    A prefix trains extrapolation, both ends in-betweening, any frames repair.
    """
    device = generator.device
    choice = torch.rand(count, 1, generator=generator, device=device)
    share = torch.rand(count, 1, generator=generator, device=device)
    time = torch.arange(frames, device=device).expand(count, frames) / frames
    prefix = time < 0.5 * share
    ends = (time < 0.25 * share) | (time >= 1 - 0.25 * share)
    scattered = torch.rand(count, frames, generator=generator, device=device) < 0.5 * share
    mask = torch.where(choice < PREFIX_GIVEN, prefix, torch.where(choice < ENDS_GIVEN, ends, scattered))
    return (mask & (choice >= NONE_GIVEN)).float()


def train_motion_diffusion(
    recipe: Recipe,
    context: StageContext,
    shape_latents: Tensor,
    motion_tokens: Tensor,
    start: Bundle | None = None,
    limits: MeasureLimits | None = None,
) -> MotionModel:
    """Train the transformer on raw latents (N, Z) of all bodies and raw tokens (C, T, M) of all clips.

    Parameters
    ----------
    start : Bundle, optional
        Weights whose transformer the training starts from.
    limits : callable, optional
        How far latents may be interpolated, see `LatentInterpolator`.

    Returns
    -------
    MotionModel
        The moving average.
    """
    torch.manual_seed(context.seed)
    data, stage = context.data, recipe.motion_diffusion
    model = MotionModel(
        MotionModelConfig(
            frames=recipe.data.frames,
            latent=recipe.motion_field.latent,
            layers=recipe.motion_field.depth + 1,
            code=recipe.motion_dictionary.code,
            shape=shape_latents.shape[1],
            categories=len(data.categories),
            actions=len(data.actions),
            width=stage.width,
            depth=stage.depth,
            heads=stage.heads,
            dropout=stage.dropout,
            clip_codes=recipe.clip_codes,
            reach=stage.temporal_reach,
        )
    ).to(data.device)
    if start:
        copy_trained_weights(model, start.motion_model, start.description, data)
    model.standardiser.fit(motion_tokens.flatten(0, 1))
    model.shape_standardiser.fit(shape_latents)
    cyclic = torch.tensor([c.cyclic for c in data.clips], device=data.device)
    model.noise.fit(model.standardiser(motion_tokens), cyclic)
    sample_batch = window_sampler(data, motion_tokens, shape_latents, model, stage, limits=limits)
    return optimise_motion_model(model, stage, context, sample_batch)


def window_sampler(
    data: PreparedData,
    tokens: Tensor,
    shape_latents: Tensor,
    model: MotionModel,
    stage: DiffusionRecipe,
    weights: Tensor | None = None,
    limits: MeasureLimits | None = None,
) -> SampleWindows:
    """Return a function that samples training clips.

    Some loops are labelled as one-way motion, so that a walk can be extended without repeating itself.

    Parameters
    ----------
    tokens : (C, T, M) raw
    shape_latents : (N, Z) raw
    weights : (C,), optional
        Sampling probabilities of the clips; by default those of the stage's class balance.
    limits : callable, optional
        How far latents may be interpolated, see `LatentInterpolator`.
    """
    windows, standard_shape_latents = model.standardiser(tokens), model.shape_standardiser(shape_latents)
    device, length = data.device, windows.shape[1]
    # As one-way motion a window ends a frame earlier than the loop: its duration is shorter.
    shorter = torch.zeros(2, windows.shape[2], device=device)
    shorter[0, model.config.timing.start] = math.log((length - 1) / length)
    shortening = model.standardiser(shorter).diff(dim=0)[0].neg()
    flags = torch.tensor([[c.cyclic, c.returns_to_start] for c in data.clips], device=device).float()
    actions = torch.tensor([label_index(c.action, data.actions) for c in data.clips], device=device)
    interpolate = LatentInterpolator(data, stage.latent_interpolation, limits)
    if weights is None:
        weights = sampling_weights(clip_labels(data), stage.class_balance)
    weights = weights.to(device)
    frame = torch.arange(length, device=device)
    reversible = torch.tensor([clip.action in REVERSIBLE for clip in data.clips], device=device)

    def sample_batch(generator: torch.Generator) -> Windows:
        rows = torch.multinomial(weights, stage.batch, replacement=True, generator=generator)
        # A loop may start at any of its frames.
        shifts = torch.randint(length, (stage.batch,), generator=generator, device=device)
        order = (frame - (shifts * flags[rows, 0].long())[:, None]) % length
        backwards = reversible[rows] & (torch.rand(stage.batch, generator=generator, device=device) < 0.5)
        order = torch.where(backwards[:, None], length - 1 - order, order)
        one_way = torch.rand(stage.batch, generator=generator, device=device) < ONE_WAY_SHARE
        one_way = (one_way & (flags[rows, 0] > 0))[:, None]
        shape = interpolate(standard_shape_latents, data.creature_of_clip[rows], generator)
        clean = windows[rows[:, None], order] + shortening * one_way[..., None]
        flag = flags[rows] * ~one_way
        return clean, shape, data.category_of_clip[rows], actions[rows], flag

    return sample_batch


def clip_labels(data: PreparedData) -> list[tuple[str, str]]:
    """Return the category and action of every clip."""
    return [(clip.category, clip.action) for clip in data.clips]


def optimise_motion_model(
    model: MotionModel,
    stage: DiffusionRecipe,
    context: StageContext,
    sample_batch: SampleWindows,
) -> MotionModel:
    """Train a model from its present weights on sampled windows; return its moving average."""
    device = model.frame_in.weight.device
    config = model.config
    parts = (config.latents, config.codes, config.rigid, config.timing)
    sizes = [part.stop - part.start for part in parts]
    weights = part_weights(sizes, PART_SHARES).to(device)

    def loss_of(generator: torch.Generator) -> Tensor:
        clean, shape, category, action, flag = sample_batch(generator)
        count = len(clean)
        white = torch.randn(clean.shape, generator=generator, device=device)
        noise = model.noise(white, flag[:, 0])
        t = sample_times(count, generator)
        mask = frame_masks(count, clean.shape[1], generator)
        keep_label = torch.rand(count, generator=generator, device=device) >= stage.label_dropout
        shape = shape + SHAPE_NOISE * torch.randn(shape.shape, generator=generator, device=device)
        clean, noise, t, mask, shape, category, action, flag = local_rows(
            clean, noise, t, mask, shape, category * keep_label, action * keep_label, flag
        )
        with mixed_precision(device):
            velocity = model(
                add_noise(clean, noise, t), t, shape, category, action, flag, clean * mask[..., None], mask
            )
        free = (1 - mask)[..., None]
        error = (velocity - velocity_target(clean, noise)) * free
        error = model.noise.whiten(error, flag[:, 0], LOSS_WHITENING).square() * weights
        return masked_mean(error.sum(), free.sum() * clean.shape[-1])

    return train_with_ema("motion_diffusion", model, stage, loss_of, context)
