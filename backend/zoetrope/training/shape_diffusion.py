"""Training the diffusion over shape tokens."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from zoetrope.diffusion.flow_matching import noised, sample_times, velocity_target
from zoetrope.diffusion.shape_model import ShapeModel, ShapeModelConfig
from zoetrope.training.averages import Average
from zoetrope.training.data import Prepared
from zoetrope.training.distributed import mine
from zoetrope.training.labels import number
from zoetrope.training.loop import Progress, mixed_precision, run_stage
from zoetrope.training.mixing import Mixer
from zoetrope.training.recipe import DiffusionRecipe, Recipe

Draw = Callable[[torch.Generator], tuple[Tensor, Tensor]]
"""Draws a batch: standardised tokens (B, size) and numbers of categories (B,), 0 where there is none."""


def train_shape_diffusion(
    recipe: Recipe, data: Prepared, folder: Path, tokens: Tensor, progress: Progress | None
) -> ShapeModel:
    """Stage 5: returns the averaged transformer, its standardiser fitted to the tokens (N, size)."""
    torch.manual_seed(recipe.seed)
    stage = recipe.shape_diffusion
    model = ShapeModel(
        ShapeModelConfig(
            latent=recipe.shape_field.latent,
            layers=recipe.shape_field.depth + 1,
            code=recipe.shape_dictionary.code,
            categories=len(data.categories),
            width=stage.width,
            depth=stage.depth,
            heads=stage.heads,
            dropout=stage.dropout,
        )
    ).to(data.device)
    model.standardiser.fit(tokens)
    standard = model.standardiser(tokens)
    category_of = {clip.creature: number(clip.category, data.categories) for clip in data.clips}
    categories = torch.tensor([category_of[body.creature] for body in data.bodies], device=data.device)
    mixer = Mixer(data, stage.mixing)

    def draw(generator: torch.Generator) -> tuple[Tensor, Tensor]:
        rows = torch.randint(len(standard), (stage.batch,), generator=generator, device=data.device)
        return mixer(standard, rows, generator), categories[rows]

    return denoise_shapes(model, stage, recipe.seed, draw, folder, progress)


def denoise_shapes(
    model: ShapeModel,
    stage: DiffusionRecipe,
    seed: int,
    draw: Draw,
    folder: Path,
    progress: Progress | None,
) -> ShapeModel:
    """Train a model, from whatever it knows, on the batches that are drawn; returns its average."""
    average = Average(model, stage.ema)
    optimiser = torch.optim.AdamW(model.parameters(), lr=stage.rate, weight_decay=0.01)
    device = model.position.device

    def loss_of(generator: torch.Generator) -> Tensor:
        clean, category = draw(generator)
        noise = torch.randn(clean.shape, generator=generator, device=device)
        t = sample_times(len(clean), generator)
        told = torch.rand(len(clean), generator=generator, device=device) >= stage.label_dropout
        clean, noise, t, label = mine(clean, noise, t, category * told)
        with mixed_precision(device):
            velocity = model(noised(clean, noise, t), t, label)
        return (velocity - velocity_target(clean, noise)).square().mean()

    run_stage(
        "shape_diffusion",
        folder,
        stage.steps,
        seed,
        {"model": model, "average": average},
        {"model": optimiser},
        loss_of,
        after_step=lambda: average.update(model),
        progress=progress,
    )
    return cast(ShapeModel, average.module)
