"""Add new creatures to existing weights: fit their tokens, then fine-tune the diffusions.

Fields and dictionaries are frozen, so everything that the weights could decode stays the same. Half of every
batch of the diffusions is replayed from the weights as they were, so that these do not forget.
"""

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from zoetrope.diffusion.motion_model import MotionModel
from zoetrope.diffusion.shape_model import ShapeModel
from zoetrope.diffusion.transformer import LabelEmbedding
from zoetrope.engines.weights.bundle import Colours, load_bundle, save_bundle
from zoetrope.training.data.category_labels import category_labels, merge_category_labels
from zoetrope.training.data.hue_variants import HueVariants
from zoetrope.training.data.latent_interpolation import LatentInterpolator
from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.from_weights.compatibility import check_frames
from zoetrope.training.from_weights.fit_prepared_tokens import (
    fit_motion_tokens,
    fit_palettes,
    fit_shape_tokens,
)
from zoetrope.training.from_weights.replay import (
    REPLAY_SHARE,
    REPLAY_SIZE,
    sample_palette_replay,
    sample_replay,
)
from zoetrope.training.optimisation.distributed import rank
from zoetrope.training.optimisation.stage_loop import Progress
from zoetrope.training.recipe import PaletteRecipe, Recipe
from zoetrope.training.stages.motion_diffusion import Windows, optimise_motion_model, window_sampler
from zoetrope.training.stages.palette_diffusion import Palettes, optimise_palette_model, palette_sampler
from zoetrope.training.stages.shape_diffusion import optimise_shape_model


def adopt(
    source: Path,
    recipe: Recipe,
    data: PreparedData,
    folder: Path,
    weights: Path,
    progress: Progress | None = None,
) -> None:
    """Fine-tune weights on new creatures and write weights that generate old and new ones.

    Parameters
    ----------
    source, weights : Path
        Folders of the existing weights and of the new ones.
    recipe : Recipe
        Tokens are fitted with the steps and batches of the fine-tuning stages.
    folder : Path
        Run folder: checkpoints.
    """
    bundle = load_bundle(source, str(data.device))
    old = bundle.description
    check_frames(data, old)
    folder.mkdir(parents=True, exist_ok=True)
    seed = recipe.seed
    shapes = fit_shape_tokens(bundle, recipe.shape_finetuning, seed, data, folder, progress)
    motions = fit_motion_tokens(bundle, recipe.motion_finetuning, seed, data, folder, shapes, progress)
    (replayed_shapes, replayed_categories), replayed_windows = sample_replay(bundle, REPLAY_SIZE)

    categories = merge_category_labels(old.categories, category_labels(data))
    action_order = (*old.action_order, *sorted(set(data.actions) - set(old.action_order)))
    names = [category.name for category in categories]
    new_categories = len(names) - old.shape_model.categories
    new_actions = len(action_order) - old.motion_model.actions
    widths = bundle.shape_model.trunk.width, bundle.motion_model.trunk.width
    bundle.description = replace(
        old,
        parameters=old.parameters + new_categories * sum(widths) + new_actions * widths[1],
        categories=categories,
        action_order=action_order,
        shape_model=replace(old.shape_model, categories=len(names)),
        motion_model=replace(old.motion_model, categories=len(names), actions=len(action_order)),
        training={**old.training, "adopted": [*old.training.get("adopted", []), *data.creatures]},
    )
    shape_model, motion_model = bundle.shape_model, bundle.motion_model
    shape_model.config, motion_model.config = bundle.description.shape_model, bundle.description.motion_model
    extend_labels(shape_model.labels, len(names), 0)
    extend_labels(motion_model.labels, len(names), len(action_order))
    data = replace(data, categories=names, actions=list(action_order))
    bundle.shape_model = _finetune_shape_diffusion(
        shape_model, recipe, data, folder, shapes, (replayed_shapes, replayed_categories), progress
    )
    bundle.motion_model = _finetune_motion_diffusion(
        motion_model, recipe, data, folder, shapes, motions, replayed_windows, progress
    )
    if bundle.colours and recipe.palette and bool(data.coloured.any()):
        raw = bundle.shape_model.standardiser.inverse(replayed_shapes)
        replayed = sample_palette_replay(bundle.colours, raw, replayed_categories)
        config = replace(bundle.colours.model.config, categories=len(names))
        bundle.description = replace(bundle.description, palette_model=config)
        bundle.colours.model.config = config
        extend_labels(bundle.colours.model.labels, len(names), 0)
        bundle.colours = _adopt_palettes(
            bundle.colours,
            recipe,
            recipe.palette,
            data,
            folder,
            shapes[:, : config.shape],
            replayed,
            progress,
        )
    if rank() == 0:
        save_bundle(weights, bundle)


def extend_labels(labels: LabelEmbedding, categories: int, actions: int) -> None:
    """Add rows to the label embeddings, initialised as far from the "no label" row as the existing ones.

    Two new categories initialised at the "no label" row itself still gave the same samples after 600 steps.
    """
    generator = torch.Generator().manual_seed(0)
    for name, count in (("category", categories), ("action", actions)):
        old = getattr(labels, name).weight.detach()
        spread = (old[1:] - old[:1]).std() if len(old) > 1 else old.std()
        noise = torch.randn(max(0, count + 1 - len(old)), old.shape[1], generator=generator).to(old.device)
        extended = nn.Embedding(count + 1, old.shape[1]).to(old.device)
        with torch.no_grad():
            extended.weight.copy_(torch.cat([old, old[:1] + spread * noise]))
        setattr(labels, name, extended)


def _finetune_shape_diffusion(
    model: ShapeModel,
    recipe: Recipe,
    data: PreparedData,
    folder: Path,
    tokens: Tensor,
    replayed: tuple[Tensor, Tensor],
    progress: Progress | None,
) -> ShapeModel:
    stage, device = recipe.shape_diffusion, data.device
    standardised = model.standardiser(tokens)
    interpolate = LatentInterpolator(data, stage.latent_interpolation)
    old_count = round(REPLAY_SHARE * stage.batch)

    def sample_batch(generator: torch.Generator) -> tuple[Tensor, Tensor]:
        rows = torch.randint(
            len(standardised), (stage.batch - old_count,), generator=generator, device=device
        )
        old = torch.randint(len(replayed[0]), (old_count,), generator=generator, device=device)
        new = interpolate(standardised, rows, generator), data.category_of_body[rows]
        return torch.cat([new[0], replayed[0][old]]), torch.cat([new[1], replayed[1][old]])

    model.train().requires_grad_(True)
    return optimise_shape_model(model, stage, recipe.seed, sample_batch, folder, progress)


def _finetune_motion_diffusion(
    model: MotionModel,
    recipe: Recipe,
    data: PreparedData,
    folder: Path,
    shapes: Tensor,
    tokens: Tensor,
    replayed: Windows,
    progress: Progress | None,
) -> MotionModel:
    stage = recipe.motion_diffusion
    old_count = round(REPLAY_SHARE * stage.batch)
    latents = shapes[:, : model.config.shape]
    new_stage = replace(stage, batch=stage.batch - old_count)
    sample_new = window_sampler(data, tokens, latents, model, new_stage)

    def sample_batch(generator: torch.Generator) -> Windows:
        old = torch.randint(len(replayed[0]), (old_count,), generator=generator, device=data.device)
        pairs = zip(sample_new(generator), replayed, strict=True)
        windows, shape, category, action, flags = (torch.cat([n, r[old]]) for n, r in pairs)
        return windows, shape, category, action, flags

    model.train().requires_grad_(True)
    return optimise_motion_model(model, stage, recipe.seed, sample_batch, folder, progress)


def _adopt_palettes(
    colours: Colours,
    recipe: Recipe,
    stage: PaletteRecipe,
    data: PreparedData,
    folder: Path,
    latents: Tensor,
    replayed: Palettes,
    progress: Progress | None,
) -> Colours:
    """Fit palettes to the frozen colour field and fine-tune their diffusion, given raw latents (N, Z)."""
    variants = HueVariants.of(data, stage.hue_variants)
    palettes = fit_palettes(colours, stage, recipe.seed, data, variants, folder, latents, progress)
    model = colours.model
    old_count = round(REPLAY_SHARE * stage.batch)
    standardised, shapes = model.standardiser(palettes), model.shape_standardiser(latents)
    new_count = stage.batch - old_count
    sample_new = palette_sampler(data, variants, standardised, shapes, recipe, new_count)

    def sample_batch(generator: torch.Generator) -> Palettes:
        old = torch.randint(len(replayed[0]), (old_count,), generator=generator, device=data.device)
        palette, shape, category = (
            torch.cat([n, r[old]]) for n, r in zip(sample_new(generator), replayed, strict=True)
        )
        return palette, shape, category

    model.train().requires_grad_(True)
    trained = optimise_palette_model(model, stage, recipe.seed, sample_batch, folder, progress)
    return Colours(colours.field, trained)
