"""Training the diffusion over windows of motion tokens."""

import math
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from zoetrope.diffusion.flow_matching import noised, sample_times, velocity_target
from zoetrope.diffusion.motion_model import MotionModel, MotionModelConfig
from zoetrope.engines.bundle import Bundle
from zoetrope.training.data.class_balance import sampling_weights
from zoetrope.training.data.labels import REVERSIBLE, number
from zoetrope.training.data.latent_interpolation import LatentInterpolator
from zoetrope.training.data.prepared import PreparedData
from zoetrope.training.data.tokens import DURATION, EXTRA, RIGID
from zoetrope.training.from_weights.inherit import inherit
from zoetrope.training.recipe import DiffusionRecipe, Recipe
from zoetrope.training.run.distributed import mine, shared_mean
from zoetrope.training.run.loop import Progress, mixed_precision
from zoetrope.training.stages.loss_weights import emphasis
from zoetrope.training.stages.moving_average import train_with_ema

Windows = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]
"""Standardised windows (B, T, M) and shape latents (B, Z), categories and actions (B,), flags (B, 2)."""
Draw = Callable[[torch.Generator], Windows]
UNROLLED = 0.2
"""Share of the loops that are told as motion one way."""
LOSS_WHITENING = 0.5
"""0 weighs frequencies of motion in the loss by their power in the data, 1 weighs all equally."""
SHARES = (0.55, 0.15, 0.2, 0.1)
"""Of the loss: latent, codes, rigid transform, duration and speed."""


def frame_masks(count: int, frames: int, generator: torch.Generator) -> Tensor:
    """Which frames of each window are given clean (count, frames): none, a prefix, both ends, or any.

    Seven in ten windows have none: new motion is the main task; the others teach longer motion (a prefix),
    in-betweens (both ends) and repairs (any).
    """
    device = generator.device
    kind = torch.rand(count, 1, generator=generator, device=device)
    share = torch.rand(count, 1, generator=generator, device=device)
    place = torch.arange(frames, device=device).expand(count, frames) / frames
    prefix = place < 0.5 * share
    ends = (place < 0.25 * share) | (place >= 1 - 0.25 * share)
    scattered = torch.rand(count, frames, generator=generator, device=device) < 0.5 * share
    mask = torch.where(kind < 0.8, prefix, torch.where(kind < 0.9, ends, scattered))
    return (mask & (kind >= 0.7)).float()


def train_motion_diffusion(
    recipe: Recipe,
    data: PreparedData,
    folder: Path,
    shape_latents: Tensor,
    motion_tokens: Tensor,
    progress: Progress | None,
    start: Bundle | None = None,
) -> MotionModel:
    """Stage 6: latents of the bodies (N, Z) and tokens of the clips (C, T, M) -> the averaged transformer.

    start : weights whose transformer learns on.
    """
    torch.manual_seed(recipe.seed)
    stage = recipe.motion_diffusion
    model = MotionModel(
        MotionModelConfig(
            frames=recipe.data.frames,
            latent=recipe.motion_field.latent,
            layers=recipe.motion_field.depth + 1,
            code=recipe.motion_dictionary.code,
            extra=EXTRA,
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
        inherit(model, start.motion_model, start.description, data)
    model.standardiser.fit(motion_tokens.flatten(0, 1))
    model.shape_standardiser.fit(shape_latents)
    cyclic = torch.tensor([c.cyclic for c in data.clips], device=data.device)
    model.noise.fit(model.standardiser(motion_tokens), cyclic)
    draw = clips_of(data, motion_tokens, shape_latents, model, stage)
    return denoise_motions(model, stage, recipe.seed, draw, folder, progress)


def clips_of(
    data: PreparedData, tokens: Tensor, latents: Tensor, model: MotionModel, stage: DiffusionRecipe
) -> Draw:
    """Draws clips of prepared creatures, raw tokens (C, T, M), each on a body of its creature, of (N, Z).

    Some loops are told as motion one way, so that a walk can be drawn on without repeating itself.
    """
    windows, shapes = model.standardiser(tokens), model.shape_standardiser(latents)
    device, length = data.device, windows.shape[1]
    # one way, a window is a step shorter than the loop: so is its duration
    shorter = torch.zeros(2, windows.shape[2], device=device)
    shorter[0, DURATION] = math.log((length - 1) / length)
    hurry = model.standardiser(shorter).diff(dim=0)[0].neg()
    flags = torch.tensor([[c.cyclic, c.returns_to_start] for c in data.clips], device=device).float()
    actions = torch.tensor([number(c.action, data.actions) for c in data.clips], device=device)
    mixer = LatentInterpolator(data, stage.latent_interpolation)
    often = sampling_weights([(c.category, c.action) for c in data.clips], stage.class_balance).to(device)
    moments = torch.arange(length, device=device)
    reversible = torch.tensor([clip.action in REVERSIBLE for clip in data.clips], device=device)

    def draw(generator: torch.Generator) -> Windows:
        rows = torch.multinomial(often, stage.batch, replacement=True, generator=generator)
        # A loop may start at any of its frames.
        shifts = torch.randint(length, (stage.batch,), generator=generator, device=device)
        order = (moments - (shifts * flags[rows, 0].long())[:, None]) % length
        backwards = reversible[rows] & (torch.rand(stage.batch, generator=generator, device=device) < 0.5)
        order = torch.where(backwards[:, None], length - 1 - order, order)
        unrolled = torch.rand(stage.batch, generator=generator, device=device) < UNROLLED
        unrolled = (unrolled & (flags[rows, 0] > 0))[:, None]
        creature = data.of_clip[rows]
        place = torch.rand(stage.batch, generator=generator, device=device)
        bodies = data.first_body[creature] + (place * data.body_count[creature]).long()
        shape = mixer(shapes, bodies, generator)
        clean = windows[rows[:, None], order] + hurry * unrolled[..., None]
        flag = flags[rows] * ~unrolled
        return clean, shape, data.category_of_clip[rows], actions[rows], flag

    return draw


def denoise_motions(
    model: MotionModel,
    stage: DiffusionRecipe,
    seed: int,
    draw: Draw,
    folder: Path,
    progress: Progress | None,
) -> MotionModel:
    """Train a model, from whatever it knows, on the windows that are drawn; returns its average."""
    device = model.frame_in.weight.device
    config = model.config
    sizes = (config.latent, config.layers * config.code, RIGID, EXTRA - RIGID)
    weights = emphasis(sizes, SHARES).to(device)

    def loss_of(generator: torch.Generator) -> Tensor:
        clean, shape, category, action, flag = draw(generator)
        count = len(clean)
        white = torch.randn(clean.shape, generator=generator, device=device)
        noise = model.noise(white, flag[:, 0])
        t = sample_times(count, generator)
        mask = frame_masks(count, clean.shape[1], generator)
        told = torch.rand(count, generator=generator, device=device) >= stage.label_dropout
        shape = shape + 0.1 * torch.randn(shape.shape, generator=generator, device=device)
        clean, noise, t, mask, shape, category, action, flag = mine(
            clean, noise, t, mask, shape, category * told, action * told, flag
        )
        with mixed_precision(device):
            velocity = model(
                noised(clean, noise, t), t, shape, category, action, flag, clean * mask[..., None], mask
            )
        free = (1 - mask)[..., None]
        error = (velocity - velocity_target(clean, noise)) * free
        error = model.noise.whitened(error, flag[:, 0], LOSS_WHITENING).square() * weights
        return shared_mean(error.sum(), free.sum() * clean.shape[-1])

    return train_with_ema(
        "motion_diffusion",
        model,
        loss_of,
        steps=stage.steps,
        rate=stage.lr,
        ema=stage.ema,
        seed=seed,
        folder=folder,
        progress=progress,
    )
