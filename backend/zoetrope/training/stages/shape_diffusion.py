"""Training the diffusion over shape tokens."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from zoetrope.diffusion.flow_matching import noised, sample_times, velocity_target
from zoetrope.diffusion.shape_model import ShapeModel, ShapeModelConfig
from zoetrope.engines.bundle import Bundle
from zoetrope.training.data.class_balance import sampling_weights
from zoetrope.training.data.latent_interpolation import LatentInterpolator
from zoetrope.training.data.prepared import PreparedData
from zoetrope.training.from_weights.inherit import inherit
from zoetrope.training.recipe import DiffusionRecipe, Recipe
from zoetrope.training.run.distributed import mine
from zoetrope.training.run.loop import Progress, mixed_precision
from zoetrope.training.stages.loss_weights import emphasis
from zoetrope.training.stages.moving_average import train_with_ema

Draw = Callable[[torch.Generator], tuple[Tensor, Tensor]]
"""Draws a batch: standardised tokens (B, size) and numbers of categories (B,), 0 where there is none."""
SHARES = (0.85, 0.15)
"""Of the loss: latent, codes."""


def train_shape_diffusion(
    recipe: Recipe,
    data: PreparedData,
    folder: Path,
    tokens: Tensor,
    progress: Progress | None,
    start: Bundle | None = None,
) -> ShapeModel:
    """Stage 5: returns the averaged transformer, its standardiser fitted to the tokens (N, size).

    start : weights whose transformer learns on.
    """
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
    if start:
        inherit(model, start.shape_model, start.description, data)
    model.standardiser.fit(tokens)
    standard = model.standardiser(tokens)
    mixer = LatentInterpolator(data, stage.latent_interpolation)
    often = sampling_weights(data.category_of_body.tolist(), stage.class_balance).to(data.device)

    def draw(generator: torch.Generator) -> tuple[Tensor, Tensor]:
        rows = torch.multinomial(often, stage.batch, replacement=True, generator=generator)
        return mixer(standard, rows, generator), data.category_of_body[rows]

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
    device = model.position.device
    config = model.config
    weights = emphasis((config.latent, config.layers * config.code), SHARES).to(device)

    def loss_of(generator: torch.Generator) -> Tensor:
        clean, category = draw(generator)
        noise = torch.randn(clean.shape, generator=generator, device=device)
        t = sample_times(len(clean), generator)
        told = torch.rand(len(clean), generator=generator, device=device) >= stage.label_dropout
        clean, noise, t, label = mine(clean, noise, t, category * told)
        with mixed_precision(device):
            velocity = model(noised(clean, noise, t), t, label)
        return ((velocity - velocity_target(clean, noise)).square() * weights).mean()

    return train_with_ema(
        "shape_diffusion",
        model,
        loss_of,
        steps=stage.steps,
        rate=stage.lr,
        ema=stage.ema,
        seed=seed,
        folder=folder,
        progress=progress,
    )
