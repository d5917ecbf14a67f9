"""Training the colour field with one palette a coat, and the diffusion that draws palettes."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from zoetrope.diffusion.flow_matching import noised, sample_times, velocity_target
from zoetrope.diffusion.palette_model import PaletteModel, PaletteModelConfig
from zoetrope.fields.colour import ColourField
from zoetrope.training.data.latent_interpolation import LatentInterpolator
from zoetrope.training.data.palettes import Coats, turned
from zoetrope.training.data.prepared import PreparedData
from zoetrope.training.recipe import PaletteRecipe, Recipe, StageRecipe
from zoetrope.training.run.distributed import mine, shared_mean
from zoetrope.training.run.loop import Progress, mixed_precision, run_stage
from zoetrope.training.stages.embeddings import Embedding
from zoetrope.training.stages.moving_average import train_with_ema
from zoetrope.training.stages.optimisers import optimisers_for
from zoetrope.training.stages.shape_field import jittered, shape_batch

Draw = Callable[[torch.Generator], tuple[Tensor, Tensor, Tensor]]
"""Draws standardised palettes (B, P) and shape latents (B, Z), and numbers of categories (B,)."""
LOOSE = 0.5
"""Deviation of the noise on the shape that a palette is drawn for: a coat is a kind's, not a body's."""


def coloured_bodies(data: PreparedData) -> Tensor:
    """Numbers of the bodies whose file has more than one colour (K,)."""
    return data.coloured.nonzero().flatten()


def train_field(
    recipe: Recipe,
    stage: PaletteRecipe,
    data: PreparedData,
    coats: Coats,
    folder: Path,
    shapes: Tensor,
    progress: Progress | None,
) -> tuple[ColourField, Embedding]:
    """The field, and a palette a coat for all bodies of its creature; shapes (N, Z): the bodies' latents."""
    torch.manual_seed(recipe.seed)
    field = ColourField(stage.field).to(data.device)
    palettes = Embedding(len(coats), stage.field.palette, deviation=0.05).to(data.device)
    train = stage.training
    optimisers = optimisers_for(field, field.mlp.hidden_weights(), train.muon_lr, train.lr)
    optimisers["palettes"] = torch.optim.SparseAdam(list(palettes.parameters()), lr=train.embedding_lr)

    def loss_of(generator: torch.Generator) -> Tensor:
        return colour_loss(field, data, coats, train, shapes, palettes, generator)

    modules: dict[str, nn.Module] = {"field": field, "palettes": palettes}
    run_stage(
        "colour_field", folder, train.steps, recipe.seed, modules, optimisers, loss_of, progress=progress
    )
    return field.eval().requires_grad_(False), palettes.eval().requires_grad_(False)


def colour_loss(
    field: ColourField,
    data: PreparedData,
    coats: Coats,
    stage: StageRecipe,
    shapes: Tensor,
    palette_of: Callable[[Tensor], Tensor],
    generator: torch.Generator,
) -> Tensor:
    """L1 of the colours near the surface, palettes (B, P) being those of coats (B,), and their prior."""
    bodies = coloured_bodies(data)
    chosen, points, _, colours = shape_batch(data, stage.instances, stage.points, generator, bodies)
    (share,) = mine(torch.rand(stage.instances, generator=generator, device=data.device))
    coat = coats.chosen(data.of_body[chosen], share)
    palette = palette_of(coat)
    with mixed_precision(data.device):
        predicted = field(points, shapes[chosen], jittered(palette, stage.noise))
    told = (colours >= 0).float()
    wanted = turned(colours, coats.hue[coat])
    error = shared_mean(((predicted - wanted).abs() * told).sum(), told.sum())
    return error + stage.prior * palette.square().sum(-1).mean()


def train_palettes(
    recipe: Recipe,
    stage: PaletteRecipe,
    data: PreparedData,
    coats: Coats,
    folder: Path,
    shapes: Tensor,
    palettes: Tensor,
    progress: Progress | None,
) -> PaletteModel:
    """The averaged diffusion over the palettes (C, P) of the coats of creatures that have colours."""
    torch.manual_seed(recipe.seed)
    model = PaletteModel(
        PaletteModelConfig(
            palette=palettes.shape[1],
            shape=shapes.shape[1],
            categories=len(data.categories),
            width=stage.width,
        )
    ).to(data.device)
    model.standardiser.fit(palettes[data.coloured[data.first_body][coats.creature]])
    model.shape_standardiser.fit(shapes)
    clean, latents = model.standardiser(palettes), model.shape_standardiser(shapes)
    draw = coats_of(data, coats, clean, latents, recipe, stage.batch)
    return denoise_palettes(model, stage, recipe.seed, draw, folder, progress)


def coats_of(
    data: PreparedData, coats: Coats, palettes: Tensor, shapes: Tensor, recipe: Recipe, count: int
) -> Draw:
    """Draws creatures that have colours: standardised palettes (C, P), each on one of its bodies (N, Z)."""
    bodies = coloured_bodies(data)
    mixer = LatentInterpolator(data, recipe.shape_diffusion.latent_interpolation)

    def draw(generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        rows = bodies[torch.randint(len(bodies), (count,), generator=generator, device=data.device)]
        share = torch.rand(count, generator=generator, device=data.device)
        palette = palettes[coats.chosen(data.of_body[rows], share)]
        return palette, mixer(shapes, rows, generator), data.category_of_body[rows]

    return draw


def denoise_palettes(
    model: PaletteModel,
    stage: PaletteRecipe,
    seed: int,
    draw: Draw,
    folder: Path,
    progress: Progress | None,
) -> PaletteModel:
    """Train a model, from whatever it knows, on the palettes that are drawn; returns its average."""
    device = model.shape_in.weight.device

    def loss_of(generator: torch.Generator) -> Tensor:
        clean, shape, category = draw(generator)
        count = len(clean)
        told = torch.rand(2, count, generator=generator, device=device) >= stage.label_dropout
        shape = shape + LOOSE * torch.randn(shape.shape, generator=generator, device=device)
        noise = torch.randn(clean.shape, generator=generator, device=device)
        t = sample_times(count, generator)
        shape, label = shape * told[0, :, None], category * told[1]
        clean, noise, t, shape, label = mine(clean, noise, t, shape, label)
        velocity = model(noised(clean, noise, t), t, shape, label)
        return (velocity - velocity_target(clean, noise)).square().mean()

    return train_with_ema(
        "palette_diffusion",
        model,
        loss_of,
        steps=stage.steps,
        rate=stage.lr,
        ema=stage.ema,
        seed=seed,
        folder=folder,
        progress=progress,
    )
