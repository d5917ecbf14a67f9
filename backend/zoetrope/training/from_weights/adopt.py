"""Add new creatures to existing weights: fit their tokens, then fine-tune the diffusions.

Fields and dictionaries are frozen, so everything that the weights could decode stays the same. Three quarters
of every batch of the diffusions are replayed from what the weights were trained on (`replay.py`), so that
these do not forget.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from zoetrope.diffusion.motion_model import MotionModel
from zoetrope.diffusion.shape_model import ShapeModel
from zoetrope.diffusion.transformer import LabelEmbedding
from zoetrope.engines.weights.bundle import Bundle, ColourNetworks, Description, load_bundle, save_bundle
from zoetrope.training.data.category_labels import category_labels, merge_category_labels
from zoetrope.training.data.class_balance import sampling_weights
from zoetrope.training.data.latent_interpolation import (
    LatentInterpolator,
    MeasureLimits,
    measured_limits,
)
from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.data.training_spectra import clip_spectra
from zoetrope.training.data.training_tokens import (
    initial_tokens,
    joined_tokens,
    load_tokens,
    tokens_of_run,
    tokens_path,
    write_tokens,
)
from zoetrope.training.export.body_limits import measure_body_limits
from zoetrope.training.from_weights.compatibility import check_frames
from zoetrope.training.from_weights.decode_tokens import compose_distance
from zoetrope.training.from_weights.fit_training_creatures import (
    fit_motion_tokens,
    fit_palettes,
    fit_shape_tokens,
)
from zoetrope.training.from_weights.fit_unseen_creature import CODE_LR, LATENT_LR
from zoetrope.training.from_weights.replay import (
    REPLAY_SHARE,
    REPLAY_SIZE,
    Replay,
    replay_of,
    replay_weights,
    sample_palette_replay,
    shares,
)
from zoetrope.training.optimisation.distributed import rank
from zoetrope.training.optimisation.stage_loop import OnTrainingStep
from zoetrope.training.recipe import PaletteDiffusionRecipe, Recipe, StageRecipe
from zoetrope.training.stages.batches import FRAMES_A_CLIP
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.motion_diffusion import (
    Windows,
    clip_labels,
    optimise_motion_model,
    window_sampler,
)
from zoetrope.training.stages.palette_diffusion import Palettes, optimise_palette_model, palette_sampler
from zoetrope.training.stages.shape_diffusion import optimise_shape_model

MOTION_LR = 0.1
"""Of motion tokens. After 150 steps their loss is 0.0143; with `TOKEN_LR` 0.0189, with 0.3 0.0129 but nearly
twice as far from the training tokens."""


def adopt(
    source: Path,
    recipe: Recipe,
    data: PreparedData,
    folder: Path,
    weights: Path,
    on_step: OnTrainingStep | None = None,
    name: str = "",
    replay_size: int = REPLAY_SIZE,
) -> None:
    """Fine-tune weights on new creatures and write weights that generate old and new ones.

    Their training tokens are written too where the existing weights have theirs: only then they are complete.

    Parameters
    ----------
    source, weights : Path
        Folders of the existing weights and of the new ones.
    recipe : Recipe
        Tokens are fitted with the batches and, for a few creatures, the steps of the fine-tuning stages.
    folder : Path
        Run folder: checkpoints.
    name : str
        Of the new weights; by default that of the existing ones.
    replay_size : int
        Samples of the existing weights, if their folder holds no training tokens.
    """
    bundle = load_bundle(source, str(data.device))
    check_frames(data, bundle.description)
    folder.mkdir(parents=True, exist_ok=True)
    context = StageContext(data, folder, recipe.seed, on_step)
    tokens = load_tokens(tokens_path(source)) if tokens_path(source).is_file() else None
    initial = initial_tokens(tokens, data) if tokens else (None, None)
    shape_stage, motion_stage = token_stages(recipe, data)
    shape_tokens = fit_shape_tokens(bundle, shape_stage, context, initial[0], (LATENT_LR, CODE_LR))
    motion_tokens = fit_motion_tokens(bundle, motion_stage, context, shape_tokens, initial[1], MOTION_LR)
    replay = replay_of(bundle, tokens, on_step, replay_size)

    limits = measured_limits(data, partial(compose_distance, bundle), shape_tokens)
    with_palettes = bundle.colours is not None and bool(data.coloured.any())
    description = extended_description(bundle.description, data, name, with_palettes=with_palettes)
    extend_models(bundle, description)
    names = [category.name for category in description.categories]
    data = replace(data, categories=names, actions=list(description.action_order))
    context = replace(context, data=data)
    weights_of_bodies = _replay_weights_of_bodies(replay, data, recipe)
    bundle.shape_model = _finetune_shape_diffusion(
        bundle.shape_model, recipe, context, shape_tokens, replay, weights_of_bodies, limits
    )
    bundle.motion_model = _finetune_motion_diffusion(
        bundle.motion_model, recipe, context, shape_tokens, motion_tokens, replay, limits
    )
    if bundle.colours and with_palettes:
        categories = replay.data.category_of_body
        replayed = sample_palette_replay(bundle.colours, replay.shape_tokens, categories, weights_of_bodies)
        shape_latents = shape_tokens[:, : bundle.colours.model.config.shape]
        bundle.colours = _adopt_palettes(
            bundle.colours, recipe.palette_diffusion, context, shape_latents, replayed, limits
        )
    if rank() == 0:
        add_limits_of_new_categories(bundle, data, shape_tokens)
        save_bundle(weights, bundle)
        if tokens:
            added = tokens_of_run(data.to("cpu"), shape_tokens.cpu(), motion_tokens.cpu(), clip_spectra(data))
            write_tokens(tokens_path(weights), joined_tokens(tokens, added))


def token_stages(recipe: Recipe, data: PreparedData) -> tuple[StageRecipe, StageRecipe]:
    """Return the stages that fit the tokens of bodies and of clips.

    They have the recipe's steps if all members fit into one batch; of more, each is fitted as often.
    """
    shape, motion = recipe.shape_finetuning, recipe.motion_finetuning
    bodies, clips = len(data.bodies) / shape.instances, FRAMES_A_CLIP * len(data.clips) / motion.instances
    return (
        replace(shape, steps=round(shape.steps * max(1.0, bodies))),
        replace(motion, steps=round(motion.steps * max(1.0, clips))),
    )


def extended_description(
    old: Description, data: PreparedData, name: str, *, with_palettes: bool
) -> Description:
    """Return the description of weights with the categories and actions of new creatures added.

    Parameters
    ----------
    name : str
        Of the new weights; empty for the old one.
    with_palettes : bool
        Whether palettes of new categories are trained too; else theirs are sampled without a category.
    """
    categories = merge_category_labels(old.categories, category_labels(data))
    action_order = (*old.action_order, *sorted(set(data.actions) - set(old.action_order)))
    new_categories = len(categories) - old.shape_model.categories
    new_actions = len(action_order) - old.motion_model.actions
    palette_model = old.palette_model
    if palette_model and with_palettes:
        palette_model = replace(palette_model, categories=len(categories))
    return replace(
        old,
        parameters=old.parameters
        + new_categories * (old.shape_model.width + old.motion_model.width)
        + new_actions * old.motion_model.width,
        categories=categories,
        action_order=action_order,
        shape_model=replace(old.shape_model, categories=len(categories)),
        motion_model=replace(old.motion_model, categories=len(categories), actions=len(action_order)),
        palette_model=palette_model,
        name=name or old.name,
        training={**old.training, "adopted": [*old.training.get("adopted", []), *data.creatures]},
    )


def add_limits_of_new_categories(bundle: Bundle, data: PreparedData, shape_tokens: Tensor) -> None:
    """Measure the limits of the body check for categories that have none, given raw tokens (N, S)."""
    old = bundle.description
    categories = [data.clips[i].category for i in data.first_clip.tolist()]
    new = [i for i, category in enumerate(categories) if category not in old.eikonal_limits]
    found = measure_body_limits(bundle, shape_tokens[new], [categories[i] for i in new])
    bundle.description = replace(
        old,
        eikonal_limits=old.eikonal_limits | found.eikonal,
        loose_limits=old.loose_limits | found.loose,
    )


def extend_models(bundle: Bundle, description: Description) -> None:
    """Give loaded weights an extended description, and their models rows for its labels."""
    bundle.description = description
    bundle.shape_model.config, bundle.motion_model.config = description.shape_model, description.motion_model
    extend_labels(bundle.shape_model.labels, description.shape_model.categories, 0)
    extend_labels(
        bundle.motion_model.labels, description.motion_model.categories, description.motion_model.actions
    )
    if bundle.colours and description.palette_model:
        bundle.colours.model.config = description.palette_model
        extend_labels(bundle.colours.model.labels, description.palette_model.categories, 0)


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


def _replay_weights_of_bodies(replay: Replay, data: PreparedData, recipe: Recipe) -> Tensor:
    """Return the sampling probabilities (N,) of the replayed bodies."""
    new = data.category_of_body.tolist()
    new_shares = shares(new, sampling_weights(new, 0.0))
    balance = recipe.shape_diffusion.class_balance
    return replay_weights(replay.data.category_of_body.tolist(), balance, new_shares)


def _finetune_shape_diffusion(
    model: ShapeModel,
    recipe: Recipe,
    context: StageContext,
    shape_tokens: Tensor,
    replay: Replay,
    replay_weights_of_bodies: Tensor,
    limits: MeasureLimits,
) -> ShapeModel:
    data, stage, device = context.data, recipe.shape_diffusion, context.data.device
    old_count = round(REPLAY_SHARE * stage.batch)
    new_weights = torch.ones(len(shape_tokens))
    interpolate_new = LatentInterpolator(data, stage.latent_interpolation, limits)
    interpolate_old = LatentInterpolator(replay.data, stage.latent_interpolation)
    parts = [
        (data, shape_tokens, interpolate_new, new_weights, stage.batch - old_count),
        (replay.data, replay.shape_tokens, interpolate_old, replay_weights_of_bodies, old_count),
    ]
    sources = [
        (model.standardiser(rows), of.category_of_body, interpolate, weights.to(device), count)
        for of, rows, interpolate, weights, count in parts
    ]

    def sample_batch(generator: torch.Generator) -> tuple[Tensor, Tensor]:
        bodies, labels = [], []
        for standardised, category, interpolate, weights, count in sources:
            rows = torch.multinomial(weights, count, replacement=True, generator=generator)
            bodies.append(interpolate(standardised, rows, generator))
            labels.append(category[rows])
        return torch.cat(bodies), torch.cat(labels)

    model.train().requires_grad_(True)
    return optimise_shape_model(model, stage, context, sample_batch)


def _finetune_motion_diffusion(
    model: MotionModel,
    recipe: Recipe,
    context: StageContext,
    shape_tokens: Tensor,
    motion_tokens: Tensor,
    replay: Replay,
    limits: MeasureLimits,
) -> MotionModel:
    data, stage, size = context.data, recipe.motion_diffusion, model.config.shape
    old_count = round(REPLAY_SHARE * stage.batch)
    new_stage, old_stage = (replace(stage, batch=count) for count in (stage.batch - old_count, old_count))
    new_labels = clip_labels(data)
    new_shares = shares(new_labels, sampling_weights(new_labels, stage.class_balance))
    weights = replay_weights(clip_labels(replay.data), stage.class_balance, new_shares)
    sample_new = window_sampler(data, motion_tokens, shape_tokens[:, :size], model, new_stage, limits=limits)
    sample_old = window_sampler(
        replay.data, replay.motion_tokens, replay.shape_tokens[:, :size], model, old_stage, weights
    )

    def sample_batch(generator: torch.Generator) -> Windows:
        pairs = zip(sample_new(generator), sample_old(generator), strict=True)
        windows, shape, category, action, flags = (torch.cat(pair) for pair in pairs)
        return windows, shape, category, action, flags

    model.train().requires_grad_(True)
    return optimise_motion_model(model, stage, context, sample_batch)


def _adopt_palettes(
    colours: ColourNetworks,
    stage: PaletteDiffusionRecipe,
    context: StageContext,
    shape_latents: Tensor,
    replayed: Palettes,
    limits: MeasureLimits,
) -> ColourNetworks:
    """Fit palettes to the frozen colour field and fine-tune their diffusion, given raw latents (N, Z)."""
    data = context.data
    palettes = fit_palettes(colours.field, data, shape_latents)
    model = colours.model
    old_count = round(REPLAY_SHARE * stage.batch)
    standardised, standard_shape_latents = (
        model.standardiser(palettes),
        model.shape_standardiser(shape_latents),
    )
    new_count = stage.batch - old_count
    sample_new = palette_sampler(
        data, standardised, standard_shape_latents, stage.latent_interpolation, new_count, limits
    )

    def sample_batch(generator: torch.Generator) -> Palettes:
        old = torch.randint(len(replayed[0]), (old_count,), generator=generator, device=data.device)
        palette, shape, category = (
            torch.cat([n, r[old]]) for n, r in zip(sample_new(generator), replayed, strict=True)
        )
        return palette, shape, category

    model.train().requires_grad_(True)
    trained = optimise_palette_model(model, stage, context, sample_batch)
    return ColourNetworks(colours.field, trained)
