"""A whole HyperDiffusion run: samples, MLPs, projection, diffusion, weights; every part resumes."""

import logging
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import Tensor

from zoetrope.diffusion.weight_model import WeightModel, WeightModelConfig
from zoetrope.engines.hyperdiffusion.weights import (
    ENGINE,
    HyperDescription,
    HyperWeights,
    description_faults,
    save_hyper_weights,
    token_sizes,
)
from zoetrope.engines.weights.bundle import FORMAT
from zoetrope.errors import ZoetropeError
from zoetrope.fields.occupancy import OccupancyConfig
from zoetrope.training.data.clip_set import ClipSet, clip_set
from zoetrope.training.data.folder_settings import keep_settings
from zoetrope.training.data.occupancy_samples import prepare_occupancy
from zoetrope.training.data.sources import Source
from zoetrope.training.hyperdiffusion.fit_clips import fit_clips, load_fit
from zoetrope.training.hyperdiffusion.projection import component_count, project_clips, projected_iou
from zoetrope.training.hyperdiffusion.recipe import HyperDiffusionRecipe
from zoetrope.training.optimisation.denoising import train_denoiser
from zoetrope.training.optimisation.stage_loop import OnTrainingStep
from zoetrope.training.optimisation.stopwatch import Stopwatch
from zoetrope.training.recipe import read_recipe
from zoetrope.training.recipe_checks import refuse_faults
from zoetrope.training.run_files import MLPS, OCCUPANCY

log = logging.getLogger(__name__)


def train_hyperdiffusion(
    name: str, source: Source, out: Path, device: str = "cpu", on_step: OnTrainingStep | None = None
) -> Path:
    """Train a recipe; return the folder of the weights.

    Samples and MLPs lie in `out` and serve all recipes that agree in them (the two splits); what depends on
    the recipe lies in `out/<its name>`.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the recipe samples a grid, or its weights would be refused; a folder holds samples,
        MLPs or a run of other settings or clips; or there is a single clip, between which and others nothing
        can be sampled.
    """
    recipe = read_recipe(name, HyperDiffusionRecipe, ENGINE)
    _check_samples(recipe)
    where = torch.device(device)
    mlps, own = out / MLPS, out / recipe.name
    clips = clip_set(source, recipe.data, out / OCCUPANCY, recipe.samples)
    if len(clips.samples) < 2:
        raise ZoetropeError(
            "A distribution of one clip cannot be learned.", code="bad_option", remedy="Give more clips."
        )
    described = _description(recipe, clips)
    refuse_faults(name, description_faults(described))
    shared, watch = Stopwatch(out), Stopwatch(own)
    with shared.part("samples"):
        prepare_occupancy(source, clips.creatures, out / OCCUPANCY, recipe.samples)
    settings = asdict(recipe)
    of_mlps = {part: settings[part] for part in ("field", "fit", "seed")}
    keep_settings(mlps / "recipe.json", of_mlps, "MLPs", {"field": asdict(OccupancyConfig())})
    of_run = {part: settings[part] for part in ("projection", "diffusion")} | {"clips": clips.digest}
    keep_settings(own / "settings.json", of_run, "a run")
    with shared.part("mlps"):
        held_out = source.held_out(clips.clips)
        start_from = [path for path, held in zip(clips.samples, held_out, strict=True) if not held]
        if not start_from:
            raise ZoetropeError(
                "All of these clips are held out by a split: none is left for the common initialisation.",
                code="bad_option",
                remedy="Train on more clips.",
            )
        fit_clips(clips.samples, mlps, recipe.field, recipe.fit, where, recipe.seed, start_from=start_from)
    fitted = [load_fit(mlps / path.name) for path in clips.samples]
    weights = torch.stack([torch.from_numpy(one.weights) for one in fitted]).to(where)
    log.info(
        "IoU of the MLPs, at points that they were fitted to: %.4f",
        sum(one.iou for one in fitted) / len(fitted),
    )
    projected = None
    if recipe.projection.components:
        with watch.part("projection"):
            projected = project_clips(
                weights,
                clips.samples,
                recipe.field,
                recipe.projection,
                own,
                recipe.seed,
                recipe.fit.near_share,
                on_step,
            )
        iou = projected_iou(projected, clips.samples, recipe.field)
        log.info("IoU of the projected MLPs there: %.4f", iou.mean())
    flat = weights if projected is None else projected.coefficients
    with watch.part("diffusion"):
        model = _train_diffusion(recipe, clips, described.model, flat, own, on_step)
    projection = None if projected is None else projected.projection.cpu()
    modules = [model, *([projection] if projection is not None else [])]
    parameters = sum(value.numel() for module in modules for value in module.state_dict().values())
    folder = own / "weights"
    described = replace(described, parameters=parameters)
    save_hyper_weights(folder, HyperWeights(described, "", model.cpu(), projection))
    return folder


def _check_samples(recipe: HyperDiffusionRecipe) -> None:
    if recipe.samples.grid:
        raise ZoetropeError(
            "MLPs are fitted to points, not to a grid.",
            code="bad_option",
            remedy="Leave out `grid` under [samples].",
        )
    if recipe.fit.near_share and not recipe.samples.near:
        raise ZoetropeError(
            f"The recipe {recipe.name} fits MLPs to points around the surface, and samples none.",
            code="bad_option",
            remedy="Set `near` under [samples], or `near_share` under [fit] to 0.",
        )


def _description(recipe: HyperDiffusionRecipe, clips: ClipSet) -> HyperDescription:
    """Return the description for model.json; its parameters are counted at the end."""
    stage = recipe.diffusion
    components = component_count(recipe.projection, len(clips.samples))
    return HyperDescription(
        format=FORMAT,
        engine=ENGINE,
        name=recipe.name,
        parameters=0,
        field=recipe.field,
        frames=recipe.samples.frames,
        components=components,
        model=WeightModelConfig(
            token_sizes(recipe.field, components, recipe.projection.token),
            len(clips.categories),
            len(clips.actions),
            stage.width,
            stage.depth,
            stage.heads,
            stage.dropout,
            stage.standardised,
        ),
        categories=clips.labels(),
        action_order=tuple(clips.actions),
        sampling_steps=stage.sampling_steps,
        guidance=stage.guidance,
        training=clips.description(recipe.name, recipe.data.split),
        conditional=stage.label_dropout < 1,
    )


def _train_diffusion(
    recipe: HyperDiffusionRecipe,
    clips: ClipSet,
    config: WeightModelConfig,
    flat: Tensor,
    folder: Path,
    on_step: OnTrainingStep | None,
) -> WeightModel:
    """Train the transformer over weights or coefficients (N, S) of all MLPs, and durations of their clips."""
    torch.manual_seed(recipe.seed)
    stage, device = recipe.diffusion, flat.device
    model = WeightModel(config).to(device)
    data = torch.cat([flat, clips.seconds.log()[:, None].to(device)], dim=1)
    model.fit_standardiser(data)
    clean = model.standardiser(data)
    labels = clips.category_index.to(device), clips.action_index.to(device)
    return train_denoiser(
        "weight_diffusion", model, lambda rows: clean[rows], *labels, stage, folder, recipe.seed, on_step
    )
