"""Stage 5, the diffusion over shape tokens: latent and codes of a body (DNF section 3)."""

from collections.abc import Callable

import torch
from torch import Tensor

from zoetrope.diffusion.flow_matching import add_noise, sample_times, velocity_target
from zoetrope.diffusion.shape_model import ShapeModel, ShapeModelConfig
from zoetrope.engines.weights.bundle import Bundle
from zoetrope.training.data.class_balance import sampling_weights
from zoetrope.training.data.latent_interpolation import LatentInterpolator, MeasureLimits
from zoetrope.training.optimisation.distributed import local_rows
from zoetrope.training.optimisation.mixed_precision import mixed_precision
from zoetrope.training.recipe import DiffusionRecipe, Recipe
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.diffusion_training import copy_trained_weights, train_with_ema
from zoetrope.training.stages.losses import part_weights

SampleShapes = Callable[[torch.Generator], tuple[Tensor, Tensor]]
"""Samples a batch: standardised tokens (B, S) and category indices (B,), 0 for unlabelled."""
PART_SHARES = (0.85, 0.15)
"""Of the loss: latent, codes."""


def train_shape_diffusion(
    recipe: Recipe,
    context: StageContext,
    tokens: Tensor,
    start: Bundle | None = None,
    limits: MeasureLimits | None = None,
) -> ShapeModel:
    """Train the transformer on raw tokens (N, S) of all bodies; return its moving average.

    Parameters
    ----------
    start : Bundle, optional
        Weights whose transformer the training starts from.
    limits : callable, optional
        How far bodies may be interpolated, see `LatentInterpolator`.
    """
    torch.manual_seed(context.seed)
    data, stage = context.data, recipe.shape_diffusion
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
        copy_trained_weights(model, start.shape_model, start.description, data)
    model.standardiser.fit(tokens)
    standardised = model.standardiser(tokens)
    interpolate = LatentInterpolator(data, stage.latent_interpolation, limits)
    weights = sampling_weights(data.category_of_body.tolist(), stage.class_balance).to(data.device)

    def sample_batch(generator: torch.Generator) -> tuple[Tensor, Tensor]:
        rows = torch.multinomial(weights, stage.batch, replacement=True, generator=generator)
        return interpolate(standardised, rows, generator), data.category_of_body[rows]

    return optimise_shape_model(model, stage, context, sample_batch)


def optimise_shape_model(
    model: ShapeModel,
    stage: DiffusionRecipe,
    context: StageContext,
    sample_batch: SampleShapes,
) -> ShapeModel:
    """Train a model from its present weights on sampled batches; return its moving average."""
    device = model.position.device
    config = model.config
    weights = part_weights((config.latent, config.layers * config.code), PART_SHARES).to(device)

    def loss_of(generator: torch.Generator) -> Tensor:
        clean, category = sample_batch(generator)
        noise = torch.randn(clean.shape, generator=generator, device=device)
        t = sample_times(len(clean), generator)
        keep_label = torch.rand(len(clean), generator=generator, device=device) >= stage.label_dropout
        clean, noise, t, label = local_rows(clean, noise, t, category * keep_label)
        with mixed_precision(device):
            velocity = model(add_noise(clean, noise, t), t, label)
        return ((velocity - velocity_target(clean, noise)).square() * weights).mean()

    return train_with_ema("shape_diffusion", model, stage, loss_of, context)
