"""Training the diffusion over windows of motion tokens."""

from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from zoetrope.diffusion.flow_matching import noised, sample_times, velocity_target
from zoetrope.diffusion.motion_model import MotionModel, MotionModelConfig
from zoetrope.training.averages import Average
from zoetrope.training.data import Prepared
from zoetrope.training.loop import Progress, run_stage
from zoetrope.training.mixing import Mixer
from zoetrope.training.recipe import Recipe
from zoetrope.training.tokens import EXTRA


def frame_masks(count: int, frames: int, generator: torch.Generator) -> Tensor:
    """Which frames of each window are given clean (count, frames): none, a prefix, both ends, or any.

    Seven in ten windows have none: new motion is the main task; the others teach longer motion (a prefix),
    in-betweens (both ends) and repairs (any).
    """
    kind = torch.rand(count, 1, generator=generator)
    share = torch.rand(count, 1, generator=generator)
    place = torch.arange(frames).expand(count, frames) / frames
    prefix = place < 0.5 * share
    ends = (place < 0.25 * share) | (place >= 1 - 0.25 * share)
    scattered = torch.rand(count, frames, generator=generator) < 0.5 * share
    mask = torch.where(kind < 0.8, prefix, torch.where(kind < 0.9, ends, scattered))
    return (mask & (kind >= 0.7)).float()


def train_motion_diffusion(
    recipe: Recipe,
    data: Prepared,
    folder: Path,
    shape_latents: Tensor,
    motion_tokens: Tensor,
    progress: Progress | None,
) -> MotionModel:
    """Stage 6: latents of the bodies (N, Z) and tokens of the clips (C, T, M) -> the averaged transformer."""
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
        )
    )
    model.standardiser.fit(motion_tokens.flatten(0, 1))
    model.shape_standardiser.fit(shape_latents)
    average = Average(model, stage.ema)
    optimiser = torch.optim.AdamW(model.parameters(), lr=stage.rate, weight_decay=0.01)
    windows = model.standardiser(motion_tokens)
    shapes = model.shape_standardiser(shape_latents)
    flags = torch.tensor([[clip.cyclic, clip.returns_to_start] for clip in data.clips]).float()
    categories = torch.tensor([data.categories.index(clip.category) + 1 for clip in data.clips])
    actions = torch.tensor([data.actions.index(clip.action) + 1 for clip in data.clips])
    mixer = Mixer(data, stage.mixing)
    own = [torch.tensor(data.bodies_of(creature)) for creature in range(len(data.creatures))]

    def loss_of(generator: torch.Generator) -> Tensor:
        rows = torch.randint(len(windows), (stage.batch,), generator=generator)
        clean = windows[rows].clone()
        # A loop may start at any of its frames.
        shifts = torch.randint(clean.shape[1], (stage.batch,), generator=generator)
        for i, row in enumerate(rows.tolist()):
            if data.clips[row].cyclic:
                clean[i] = clean[i].roll(int(shifts[i]), 0)
        draw = torch.rand(stage.batch, generator=generator).tolist()
        bodies = torch.stack(
            [
                own[data.clips[r].creature][int(d * len(own[data.clips[r].creature]))]
                for r, d in zip(rows.tolist(), draw, strict=True)
            ]
        )
        shape = mixer(shapes, bodies, generator)
        noise = torch.randn(clean.shape, generator=generator)
        t = sample_times(stage.batch, generator)
        mask = frame_masks(stage.batch, clean.shape[1], generator)
        told = torch.rand(stage.batch, generator=generator) >= stage.label_dropout
        known = clean * mask[..., None]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            velocity = model(
                noised(clean, noise, t),
                t,
                shape + 0.1 * torch.randn(shape.shape, generator=generator),
                categories[rows] * told,
                actions[rows] * told,
                flags[rows],
                known,
                mask,
            )
        free = (1 - mask)[..., None]
        error = (velocity - velocity_target(clean, noise)).square() * free
        return error.sum() / (free.sum() * clean.shape[-1]).clamp_min(1)

    run_stage(
        "motion_diffusion",
        folder,
        stage.steps,
        recipe.seed,
        {"model": model, "average": average},
        {"model": optimiser},
        loss_of,
        after_step=lambda: average.update(model),
        progress=progress,
    )
    return cast(MotionModel, average.module)
