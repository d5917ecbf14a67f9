"""New creatures into weights that are there: tokens are fitted, and the diffusions learn to draw them too.

Fields and dictionaries are not touched, so nothing that the weights could say is lost; half of every batch of
the diffusions are draws of the weights as they were, so that what they drew stays drawn.
"""

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from zoetrope.diffusion.motion_model import MotionModel
from zoetrope.diffusion.shape_model import ShapeModel
from zoetrope.diffusion.transformer import Labels
from zoetrope.engines.bundle import Bundle, CategoryLabel, load_bundle, save_bundle
from zoetrope.engines.sampling import sample_motion, sample_shape
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.latent_interpolation import LatentInterpolator
from zoetrope.training.data.prepared import PreparedData
from zoetrope.training.data.tokens import rigid_and_clip
from zoetrope.training.from_weights.adopt_palettes import learn_palettes, replayed_coats
from zoetrope.training.from_weights.fit_tokens import motion_offsets
from zoetrope.training.recipe import Recipe, StageRecipe
from zoetrope.training.run.distributed import rank
from zoetrope.training.run.export import labels
from zoetrope.training.run.loop import Progress, mixed_precision, run_stage
from zoetrope.training.stages.embeddings import ClipEmbedding, Embedding
from zoetrope.training.stages.motion_diffusion import Windows, clips_of, denoise_motions
from zoetrope.training.stages.motion_field import flat_frames, motion_batch
from zoetrope.training.stages.shape_diffusion import denoise_shapes
from zoetrope.training.stages.shape_field import shape_batch, shape_loss

REPLAYED = 192
"""Creatures, and clips, that the weights draw before they learn on."""
OLD = 0.5
"""Share of a batch that is replayed."""
FIRST_SEED = 1_800_000_000
TOKEN_RATE = 0.03


def fit_bodies(
    bundle: Bundle,
    stage: StageRecipe,
    seed: int,
    data: PreparedData,
    folder: Path,
    progress: Progress | None,
    near: Tensor | None = None,
) -> Tensor:
    """Raw shape tokens (N, S) of all bodies, the field and its dictionary staying as they are.

    near : (N, S) raw tokens that the fit begins at; the weights' mean where not given.
    """
    model = bundle.shape_model
    table = Embedding(len(data.bodies), model.size, deviation=0.0).to(data.device)
    if near is not None:
        table.fill(model.standardiser(near.to(data.device)))

    def loss_of(generator: torch.Generator) -> Tensor:
        bodies, points, distances, colours = shape_batch(data, stage.instances, stage.points, generator)
        tokens = table(bodies)
        latent, codes = model.split(model.standardiser.inverse(tokens))
        with mixed_precision(data.device):
            predicted = bundle.shape_field(points, latent, bundle.shape_dictionary.compose(codes))
        return shape_loss(predicted, distances, colours) + 1e-6 * tokens.square().sum(-1).mean()

    optimiser = torch.optim.SparseAdam(list(table.parameters()), lr=TOKEN_RATE)
    modules: dict[str, nn.Module] = {"tokens": table}
    run_stage("bodies", folder, stage.steps, seed, modules, {"tokens": optimiser}, loss_of, progress=progress)
    rows = torch.arange(len(data.bodies), device=data.device)
    return model.standardiser.inverse(table(rows)).detach()


def fit_clips(
    bundle: Bundle,
    stage: StageRecipe,
    seed: int,
    data: PreparedData,
    folder: Path,
    shapes: Tensor,
    progress: Progress | None,
    near: Tensor | None = None,
) -> Tensor:
    """Raw motion tokens (C, T, M) of all clips for the bodies' raw tokens (N, S).

    near : (C, T, M) raw tokens that the fit begins at; the weights' mean where not given.
    """
    config = bundle.motion_model.config
    own, size = config.latent, config.layers * config.code
    cyclic = [clip.cyclic for clip in data.clips]
    latents = ClipEmbedding(cyclic, config.frames, own).to(data.device)
    codes = ClipEmbedding(cyclic, config.frames, size, constant=config.clip_codes).to(data.device)
    standardiser = bundle.motion_model.standardiser
    mean = standardiser.mean[: own + size]
    deviation = (standardiser.deviation * standardiser.live)[: own + size]
    of_body = shapes[:, : bundle.motion_field.config.shape_latent]
    if near is not None:
        standard = standardiser(near.to(data.device))
        latents.fill(standard[..., :own])
        codes.fill(standard[..., own : own + size])

    def raw(clips: Tensor, frames: Tensor) -> Tensor:
        both = torch.cat([latents(clips, frames), codes(clips, frames)], dim=-1)
        return both * deviation + mean

    def loss_of(generator: torch.Generator) -> Tensor:
        clips, frames, bodies, where, moved = motion_batch(data, stage.instances, stage.points, generator)
        shape, where = flat_frames(of_body[bodies], where)
        tokens = raw(clips, frames).flatten(0, 1)
        with mixed_precision(data.device):
            predicted = motion_offsets(bundle, shape, tokens, where)
        free = ((tokens - mean) / deviation.clamp_min(1e-6)).square().sum(-1).mean()
        return (predicted - moved.flatten(0, 1)).abs().mean() + 1e-6 * free

    modules: dict[str, nn.Module] = {"latents": latents, "codes": codes}
    optimisers: dict[str, torch.optim.Optimizer] = {
        name: torch.optim.SparseAdam(list(module.parameters()), lr=TOKEN_RATE)
        for name, module in modules.items()
    }
    run_stage("clips", folder, stage.steps, seed, modules, optimisers, loss_of, progress=progress)
    clips = torch.arange(len(data.clips), device=data.device)
    every = torch.arange(config.frames, device=data.device).expand(len(clips), -1)
    return torch.cat([raw(clips, every).detach(), rigid_and_clip(data)], dim=-1)


def merged(old: tuple[CategoryLabel, ...], new: tuple[CategoryLabel, ...]) -> tuple[CategoryLabel, ...]:
    """Labels of both: old ones keep places and heights, actions are added to them, new ones stand last."""
    out = {category.name: category for category in old}
    for category in new:
        if category.name not in out:
            out[category.name] = category
            continue
        known = {action.name: action for action in out[category.name].actions}
        for action in category.actions:
            before = known.get(action.name)
            count = action.clips + (before.clips if before else 0)
            known[action.name] = replace(before or action, clips=count)
        out[category.name] = replace(out[category.name], actions=tuple(known.values()))
    return tuple(out.values())


def widen(table: Labels, categories: int, actions: int) -> None:
    """Room for more labels; a new one begins somewhere of its own, as far from "not told" as the old ones.

    Begun at "not told" itself, two new kinds with the same seed were drawn the same after 600 steps.
    """
    generator = torch.Generator().manual_seed(0)
    for name, count in (("category", categories), ("action", actions)):
        old = getattr(table, name).weight.detach()
        spread = (old[1:] - old[:1]).std() if len(old) > 1 else old.std()
        more = torch.randn(max(0, count + 1 - len(old)), old.shape[1], generator=generator).to(old.device)
        fresh = nn.Embedding(count + 1, old.shape[1]).to(old.device)
        with torch.no_grad():
            fresh.weight.copy_(torch.cat([old, old[:1] + spread * more]))
        setattr(table, name, fresh)


@torch.inference_mode()
def replayed(bundle: Bundle, count: int) -> tuple[tuple[Tensor, Tensor], Windows]:
    """What the weights draw by themselves: shapes with their categories, clips with all they go with."""
    description = bundle.description
    pairs = [
        (c + 1, description.action_order.index(action.name) + 1, action)
        for c, category in enumerate(description.categories)
        for action in category.actions
    ]
    shapes, clips, latents, categories, actions, flags = [], [], [], [], [], []
    for i in range(count):
        category, action, label = pairs[i % len(pairs)]
        generator = torch.Generator().manual_seed(FIRST_SEED + i)
        shape = sample_shape(bundle.shape_model, generator, category, 1.0)
        flag = (label.cyclic, label.returns_to_start)
        motion = sample_motion(bundle.motion_model, generator, shape, category, action, flag, 1.0)
        shapes.append(bundle.shape_model.standardiser(shape)[0])
        clips.append(bundle.motion_model.standardiser(motion))
        latents.append(
            bundle.motion_model.shape_standardiser(shape[:, : bundle.motion_model.config.shape])[0]
        )
        categories.append(category)
        actions.append(action)
        flags.append([float(f) for f in flag])
    device = shapes[0].device
    of = torch.tensor(categories, device=device)
    windows = torch.stack(clips), torch.stack(latents), of, torch.tensor(actions, device=device)
    return (torch.stack(shapes), of), (*windows, torch.tensor(flags, device=device))


def adopt(
    source: Path,
    recipe: Recipe,
    data: PreparedData,
    folder: Path,
    weights: Path,
    progress: Progress | None = None,
) -> None:
    """Fit prepared creatures into weights and write what knows them as well.

    Parameters
    ----------
    source, weights : Path
        Folders of the weights that are there and of those that are made.
    recipe : Recipe
        Steps and batches: those of the fine-tunings for the tokens, those of the diffusions.
    """
    bundle = load_bundle(source, str(data.device))
    old = bundle.description
    if data.rigid.shape[1] != old.motion_model.frames:
        raise ZoetropeError(
            f"The samples have {data.rigid.shape[1]} frames a clip, the weights {old.motion_model.frames}.",
            code="bad_option",
            remedy="Give a recipe with the weights' number of frames.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    seed = recipe.seed
    shapes = fit_bodies(bundle, recipe.shape_finetuning, seed, data, folder, progress)
    motions = fit_clips(bundle, recipe.motion_finetuning, seed, data, folder, shapes, progress)
    (old_shapes, of), old_windows = replayed(bundle, REPLAYED)

    categories = merged(old.categories, labels(data))
    added = sorted(set(data.actions) - set(old.action_order))
    order = (*old.action_order, *added)
    names = [category.name for category in categories]
    kinds, acts = len(names) - old.shape_model.categories, len(order) - old.motion_model.actions
    widths = bundle.shape_model.trunk.width, bundle.motion_model.trunk.width
    bundle.description = replace(
        old,
        parameters=old.parameters + kinds * sum(widths) + acts * widths[1],
        categories=categories,
        action_order=order,
        shape_model=replace(old.shape_model, categories=len(names)),
        motion_model=replace(old.motion_model, categories=len(names), actions=len(order)),
        training={**old.training, "adopted": [*old.training.get("adopted", []), *data.creatures]},
    )
    shape_model, motion_model = bundle.shape_model, bundle.motion_model
    shape_model.config, motion_model.config = bundle.description.shape_model, bundle.description.motion_model
    widen(shape_model.labels, len(names), 0)
    widen(motion_model.labels, len(names), len(order))
    known = replace(data, categories=names, actions=list(order))
    bundle.shape_model = _learn_shapes(shape_model, recipe, known, folder, shapes, (old_shapes, of), progress)
    bundle.motion_model = _learn_motions(
        motion_model, recipe, known, folder, shapes, motions, old_windows, progress
    )
    if bundle.colours and recipe.palette and bool(data.coloured.any()):
        raw = bundle.shape_model.standardiser.inverse(old_shapes)
        coats = replayed_coats(bundle.colours, raw, of, FIRST_SEED)
        sizes = replace(bundle.colours.model.config, categories=len(names))
        bundle.description = replace(bundle.description, palette_model=sizes)
        bundle.colours.model.config = sizes
        widen(bundle.colours.model.labels, len(names), 0)
        latents = shapes[:, : sizes.shape]
        bundle.colours = learn_palettes(
            bundle.colours, recipe, recipe.palette, known, folder, latents, coats, progress
        )
    if rank() == 0:
        save_bundle(weights, bundle)


def _learn_shapes(
    model: ShapeModel,
    recipe: Recipe,
    data: PreparedData,
    folder: Path,
    tokens: Tensor,
    old: tuple[Tensor, Tensor],
    progress: Progress | None,
) -> ShapeModel:
    stage, device = recipe.shape_diffusion, data.device
    standard = model.standardiser(tokens)
    mixer = LatentInterpolator(data, stage.latent_interpolation)

    def draw(generator: torch.Generator) -> tuple[Tensor, Tensor]:
        again = round(OLD * stage.batch)
        rows = torch.randint(len(standard), (stage.batch - again,), generator=generator, device=device)
        past = torch.randint(len(old[0]), (again,), generator=generator, device=device)
        fresh = mixer(standard, rows, generator)
        return torch.cat([fresh, old[0][past]]), torch.cat([data.category_of_body[rows], old[1][past]])

    model.train().requires_grad_(True)
    return denoise_shapes(model, stage, recipe.seed, draw, folder, progress)


def _learn_motions(
    model: MotionModel,
    recipe: Recipe,
    data: PreparedData,
    folder: Path,
    shapes: Tensor,
    tokens: Tensor,
    old: Windows,
    progress: Progress | None,
) -> MotionModel:
    stage = recipe.motion_diffusion
    again = round(OLD * stage.batch)
    latents = shapes[:, : model.config.shape]
    fresh_of = clips_of(data, tokens, latents, model, replace(stage, batch=stage.batch - again))

    def draw(generator: torch.Generator) -> Windows:
        past = torch.randint(len(old[0]), (again,), generator=generator, device=data.device)
        fresh = fresh_of(generator)
        both = tuple(torch.cat([new, before[past]]) for new, before in zip(fresh, old, strict=True))
        return both[0], both[1], both[2], both[3], both[4]

    model.train().requires_grad_(True)
    return denoise_motions(model, stage, recipe.seed, draw, folder, progress)
