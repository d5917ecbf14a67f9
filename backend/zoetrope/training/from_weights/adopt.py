"""Add new creatures to existing weights: fit their tokens, then fine-tune the diffusions.

Fields and dictionaries are frozen, so everything that the weights could decode stays the same. Three quarters
of every batch of the diffusions are replayed from what the weights were trained on (`replay.py`), so that
these do not forget.
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
from zoetrope.training.data.class_balance import sampling_weights
from zoetrope.training.data.hue_variants import HueVariants
from zoetrope.training.data.latent_interpolation import LatentInterpolator
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
from zoetrope.training.from_weights.compatibility import check_frames
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
from zoetrope.training.optimisation.stage_loop import Progress
from zoetrope.training.recipe import PaletteRecipe, Recipe, StageRecipe
from zoetrope.training.stages.batches import FRAMES_A_CLIP
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
    progress: Progress | None = None,
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
    old = bundle.description
    check_frames(data, old)
    folder.mkdir(parents=True, exist_ok=True)
    seed = recipe.seed
    tokens = load_tokens(tokens_path(source)) if tokens_path(source).is_file() else None
    initial = initial_tokens(tokens, data) if tokens else (None, None)
    shape_stage, motion_stage = token_stages(recipe, data)
    shape_tokens = fit_shape_tokens(
        bundle, shape_stage, seed, data, folder, progress, initial[0], (LATENT_LR, CODE_LR)
    )
    motion_tokens = fit_motion_tokens(
        bundle, motion_stage, seed, data, folder, shape_tokens, progress, initial[1], MOTION_LR
    )
    replay = replay_of(bundle, tokens, progress, replay_size)

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
        name=name or old.name,
        training={**old.training, "adopted": [*old.training.get("adopted", []), *data.creatures]},
    )
    shape_model, motion_model = bundle.shape_model, bundle.motion_model
    shape_model.config, motion_model.config = bundle.description.shape_model, bundle.description.motion_model
    extend_labels(shape_model.labels, len(names), 0)
    extend_labels(motion_model.labels, len(names), len(action_order))
    data = replace(data, categories=names, actions=list(action_order))
    weights_of_bodies = _replay_weights_of_bodies(replay, data, recipe)
    bundle.shape_model = _finetune_shape_diffusion(
        shape_model, recipe, data, folder, shape_tokens, replay, weights_of_bodies, progress
    )
    bundle.motion_model = _finetune_motion_diffusion(
        motion_model, recipe, data, folder, shape_tokens, motion_tokens, replay, progress
    )
    if bundle.colours and recipe.palette and bool(data.coloured.any()):
        replayed = sample_palette_replay(
            bundle.colours, replay.shape_tokens, replay.data.category_of_body, weights_of_bodies
        )
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
            shape_tokens[:, : config.shape],
            replayed,
            progress,
        )
    if rank() == 0:
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
    data: PreparedData,
    folder: Path,
    tokens: Tensor,
    replay: Replay,
    replay_weights_of_bodies: Tensor,
    progress: Progress | None,
) -> ShapeModel:
    stage, device = recipe.shape_diffusion, data.device
    old_count = round(REPLAY_SHARE * stage.batch)
    parts = [
        (data, tokens, torch.ones(len(tokens)), stage.batch - old_count),
        (replay.data, replay.shape_tokens, replay_weights_of_bodies, old_count),
    ]
    sources = [
        (
            model.standardiser(rows),
            of.category_of_body,
            LatentInterpolator(of, stage.latent_interpolation),
            weights.to(device),
            count,
        )
        for of, rows, weights, count in parts
    ]

    def sample_batch(generator: torch.Generator) -> tuple[Tensor, Tensor]:
        bodies, labels = [], []
        for standardised, category, interpolate, weights, count in sources:
            rows = torch.multinomial(weights, count, replacement=True, generator=generator)
            bodies.append(interpolate(standardised, rows, generator))
            labels.append(category[rows])
        return torch.cat(bodies), torch.cat(labels)

    model.train().requires_grad_(True)
    return optimise_shape_model(model, stage, recipe.seed, sample_batch, folder, progress)


def _finetune_motion_diffusion(
    model: MotionModel,
    recipe: Recipe,
    data: PreparedData,
    folder: Path,
    shape_tokens: Tensor,
    motion_tokens: Tensor,
    replay: Replay,
    progress: Progress | None,
) -> MotionModel:
    stage, size = recipe.motion_diffusion, model.config.shape
    old_count = round(REPLAY_SHARE * stage.batch)
    new_stage, old_stage = (replace(stage, batch=count) for count in (stage.batch - old_count, old_count))
    new_labels = clip_labels(data)
    new_shares = shares(new_labels, sampling_weights(new_labels, stage.class_balance))
    weights = replay_weights(clip_labels(replay.data), stage.class_balance, new_shares)
    sample_new = window_sampler(data, motion_tokens, shape_tokens[:, :size], model, new_stage)
    sample_old = window_sampler(
        replay.data, replay.motion_tokens, replay.shape_tokens[:, :size], model, old_stage, weights
    )

    def sample_batch(generator: torch.Generator) -> Windows:
        pairs = zip(sample_new(generator), sample_old(generator), strict=True)
        windows, shape, category, action, flags = (torch.cat(pair) for pair in pairs)
        return windows, shape, category, action, flags

    model.train().requires_grad_(True)
    return optimise_motion_model(model, stage, recipe.seed, sample_batch, folder, progress)


def _adopt_palettes(
    colours: Colours,
    recipe: Recipe,
    stage: PaletteRecipe,
    data: PreparedData,
    folder: Path,
    shape_latents: Tensor,
    replayed: Palettes,
    progress: Progress | None,
) -> Colours:
    """Fit palettes to the frozen colour field and fine-tune their diffusion, given raw latents (N, Z)."""
    variants = HueVariants.of(data, stage.hue_variants)
    palettes = fit_palettes(colours, stage, recipe.seed, data, variants, folder, shape_latents, progress)
    model = colours.model
    old_count = round(REPLAY_SHARE * stage.batch)
    standardised, standard_shape_latents = (
        model.standardiser(palettes),
        model.shape_standardiser(shape_latents),
    )
    new_count = stage.batch - old_count
    sample_new = palette_sampler(
        data, variants, standardised, standard_shape_latents, stage.latent_interpolation, new_count
    )

    def sample_batch(generator: torch.Generator) -> Palettes:
        old = torch.randint(len(replayed[0]), (old_count,), generator=generator, device=data.device)
        palette, shape, category = (
            torch.cat([n, r[old]]) for n, r in zip(sample_new(generator), replayed, strict=True)
        )
        return palette, shape, category

    model.train().requires_grad_(True)
    trained = optimise_palette_model(model, stage, recipe.seed, sample_batch, folder, progress)
    return Colours(colours.field, trained)
