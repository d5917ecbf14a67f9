"""Colours of adopted creatures: palettes fitted to the field as it is, learned by what draws palettes."""

from pathlib import Path

import torch
from torch import Tensor, nn

from zoetrope.engines.bundle import Colours
from zoetrope.engines.sampling import sample_palette
from zoetrope.training.data.palettes import Coats
from zoetrope.training.data.prepared import PreparedData
from zoetrope.training.recipe import PaletteRecipe, Recipe
from zoetrope.training.run.loop import Progress, run_stage
from zoetrope.training.stages.colour import coats_of, colour_loss, denoise_palettes
from zoetrope.training.stages.embeddings import Embedding

Drawn = tuple[Tensor, Tensor, Tensor]
"""Standardised palettes (R, P) and shape latents (R, Z), and numbers of categories (R,)."""


def replayed_coats(colours: Colours, shapes: Tensor, categories: Tensor, first_seed: int) -> Drawn:
    """What the weights paint by themselves on raw shape tokens (R, S) of categories (R,)."""
    model = colours.model
    drawn = [
        sample_palette(model, torch.Generator().manual_seed(first_seed + i), shapes[i : i + 1], int(category))
        for i, category in enumerate(categories)
    ]
    latents = model.shape_standardiser(shapes[:, : model.config.shape])
    return model.standardiser(torch.cat(drawn)), latents, categories


def fit_palettes(
    colours: Colours,
    stage: PaletteRecipe,
    seed: int,
    data: PreparedData,
    coats: Coats,
    folder: Path,
    latents: Tensor,
    progress: Progress | None,
) -> Tensor:
    """Raw palettes (C, P) of all coats for the bodies' latents (N, Z); the field stays as it is."""
    standardiser = colours.model.standardiser
    table = Embedding(len(coats), stage.field.palette, deviation=0.0).to(data.device)

    def palette_of(rows: Tensor) -> Tensor:
        return standardiser.inverse(table(rows))

    def loss_of(generator: torch.Generator) -> Tensor:
        return colour_loss(colours.field, data, coats, stage.training, latents, palette_of, generator)

    modules: dict[str, nn.Module] = {"palettes": table}
    rows = torch.optim.SparseAdam(list(table.parameters()), lr=stage.training.embedding_lr)
    steps = stage.training.steps
    run_stage("coats", folder, steps, seed, modules, {"palettes": rows}, loss_of, progress=progress)
    return palette_of(torch.arange(len(coats), device=data.device)).detach()


def learn_palettes(
    colours: Colours,
    recipe: Recipe,
    stage: PaletteRecipe,
    data: PreparedData,
    folder: Path,
    latents: Tensor,
    old: Drawn,
    progress: Progress | None,
) -> Colours:
    """Fit palettes, and let the diffusion learn to draw them; half of every batch is what it drew before."""
    coats = Coats.of(data, stage.hue_variants)
    palettes = fit_palettes(colours, stage, recipe.seed, data, coats, folder, latents, progress)
    model = colours.model
    again = stage.batch // 2
    clean, shapes = model.standardiser(palettes), model.shape_standardiser(latents)
    fresh_of = coats_of(data, coats, clean, shapes, recipe, stage.batch - again)

    def draw(generator: torch.Generator) -> Drawn:
        past = torch.randint(len(old[0]), (again,), generator=generator, device=data.device)
        fresh = fresh_of(generator)
        return (
            torch.cat([fresh[0], old[0][past]]),
            torch.cat([fresh[1], old[1][past]]),
            torch.cat([fresh[2], old[2][past]]),
        )

    model.train().requires_grad_(True)
    return Colours(colours.field, denoise_palettes(model, stage, recipe.seed, draw, folder, progress))
