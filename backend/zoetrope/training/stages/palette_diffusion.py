"""Stage 8, the diffusion over palettes, given a body's shape latent and its category."""

from collections.abc import Callable

import torch
from torch import Tensor

from zoetrope.diffusion.flow_matching import add_noise, sample_times, velocity_target
from zoetrope.diffusion.palette_model import PaletteModel, PaletteModelConfig
from zoetrope.training.data.latent_interpolation import LatentInterpolator, MeasureLimits
from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.optimisation.distributed import local_rows
from zoetrope.training.recipe import PaletteDiffusionRecipe
from zoetrope.training.stages.colour_field import coloured_bodies
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.diffusion_training import train_with_ema

Palettes = tuple[Tensor, Tensor, Tensor]
"""Standardised palettes (B, P) and shape latents (B, Z), category indices (B,)."""
SamplePalettes = Callable[[torch.Generator], Palettes]
SHAPE_NOISE = 0.5
"""Standard deviation of the noise on the standardised shape latents: palettes should depend on the category
more than on the one training body that they belong to."""


def train_palette_diffusion(
    stage: PaletteDiffusionRecipe,
    context: StageContext,
    shape_latents: Tensor,
    palettes: Tensor,
    limits: MeasureLimits | None = None,
) -> PaletteModel:
    """Train the network on raw palettes (N, P) and raw latents (N, Z) of all bodies.

    Only creatures with colours are trained on. `limits`: how far latents may be interpolated, see
    `LatentInterpolator`. Returns the moving average.
    """
    torch.manual_seed(context.seed)
    data = context.data
    model = PaletteModel(
        PaletteModelConfig(
            palette=palettes.shape[1],
            shape=shape_latents.shape[1],
            categories=len(data.categories),
            width=stage.width,
        )
    ).to(data.device)
    model.standardiser.fit(palettes[coloured_bodies(data)])
    model.shape_standardiser.fit(shape_latents)
    standardised, standard_shape_latents = (
        model.standardiser(palettes),
        model.shape_standardiser(shape_latents),
    )
    sample_batch = palette_sampler(
        data, standardised, standard_shape_latents, stage.latent_interpolation, stage.batch, limits
    )
    return optimise_palette_model(model, stage, context, sample_batch)


def palette_sampler(
    data: PreparedData,
    palettes: Tensor,
    standard_shape_latents: Tensor,
    latent_interpolation: float,
    count: int,
    limits: MeasureLimits | None = None,
) -> SamplePalettes:
    """Return a function that samples `count` bodies with colours and a palette of each.

    Parameters
    ----------
    palettes : (N, P) standardised
    standard_shape_latents : (N, Z)
    limits : callable, optional
        How far latents may be interpolated, see `LatentInterpolator`.
    """
    bodies = coloured_bodies(data)
    interpolate = LatentInterpolator(data, latent_interpolation, limits)

    def sample_batch(generator: torch.Generator) -> Palettes:
        rows = bodies[torch.randint(len(bodies), (count,), generator=generator, device=data.device)]
        return (
            palettes[rows],
            interpolate(standard_shape_latents, rows, generator),
            data.category_of_body[rows],
        )

    return sample_batch


def optimise_palette_model(
    model: PaletteModel,
    stage: PaletteDiffusionRecipe,
    context: StageContext,
    sample_batch: SamplePalettes,
) -> PaletteModel:
    """Train a model from its present weights on sampled palettes; return its moving average."""
    device = model.shape_in.weight.device

    def loss_of(generator: torch.Generator) -> Tensor:
        clean, shape, category = sample_batch(generator)
        count = len(clean)
        keep = torch.rand(2, count, generator=generator, device=device) >= stage.label_dropout
        shape = shape + SHAPE_NOISE * torch.randn(shape.shape, generator=generator, device=device)
        noise = torch.randn(clean.shape, generator=generator, device=device)
        t = sample_times(count, generator)
        shape, label = shape * keep[0, :, None], category * keep[1]
        clean, noise, t, shape, label = local_rows(clean, noise, t, shape, label)
        velocity = model(add_noise(clean, noise, t), t, shape, label)
        return (velocity - velocity_target(clean, noise)).square().mean()

    return train_with_ema("palette_diffusion", model, stage, loss_of, context)
