"""A whole HyperDiffusion run: samples, MLPs, projection, diffusion, weights; every part resumes."""

import json
import logging
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from zoetrope.diffusion.weight_model import WeightModel, WeightModelConfig
from zoetrope.engines.hyperdiffusion.weights import (
    ENGINE,
    HyperDescription,
    HyperWeights,
    save_hyper_weights,
    token_sizes,
)
from zoetrope.engines.weights.bundle import FORMAT
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.clip_set import ClipSet, prepared_clips
from zoetrope.training.data.sources import Source
from zoetrope.training.hyperdiffusion.fit_clips import fit_clips, load_fit
from zoetrope.training.hyperdiffusion.projection import project_clips, projected_iou
from zoetrope.training.hyperdiffusion.recipe import HyperDiffusionRecipe
from zoetrope.training.optimisation.denoising import train_denoiser
from zoetrope.training.optimisation.stage_loop import OnTrainingStep
from zoetrope.training.optimisation.stopwatch import Stopwatch
from zoetrope.training.recipe import read_recipe

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
        Code "bad_option": the folder holds samples or MLPs of other settings.
    """
    recipe = read_recipe(name, HyperDiffusionRecipe, ENGINE)
    where = torch.device(device)
    mlps, own = out / "mlps", out / recipe.name
    shared, watch = Stopwatch(out), Stopwatch(own)
    with shared.part("samples"):
        clips = prepared_clips(source, recipe.data, out / "occupancy", recipe.samples)
    _same_settings(mlps, recipe)
    with shared.part("mlps"):
        fit_clips(clips.samples, mlps, recipe.field, recipe.fit, where, recipe.seed)
    fitted = [load_fit(mlps / path.name) for path in clips.samples]
    weights = torch.stack([torch.from_numpy(one.weights) for one in fitted]).to(where)
    log.info("IoU of the MLPs: %.4f", sum(one.iou for one in fitted) / len(fitted))
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
        log.info("IoU of the projected MLPs: %.4f", iou.mean())
    numbers = weights if projected is None else projected.components
    with watch.part("diffusion"):
        model = _train_diffusion(recipe, clips, numbers, own, on_step)
    projection = None if projected is None else projected.projection.cpu()
    modules = [model, *([projection] if projection is not None else [])]
    description = HyperDescription(
        format=FORMAT,
        engine=ENGINE,
        name=recipe.name,
        parameters=sum(value.numel() for module in modules for value in module.state_dict().values()),
        field=recipe.field,
        frames=recipe.samples.frames,
        components=0 if projected is None else projected.components.shape[1],
        model=model.config,
        categories=clips.labels(),
        action_order=tuple(clips.actions),
        sampling_steps=recipe.diffusion.sampling_steps,
        guidance=recipe.diffusion.guidance,
        training=clips.description(recipe.name, recipe.data.split),
    )
    folder = own / "weights"
    save_hyper_weights(folder, HyperWeights(description, "", model.cpu(), projection))
    return folder


def _train_diffusion(
    recipe: HyperDiffusionRecipe,
    clips: ClipSet,
    numbers: Tensor,
    folder: Path,
    on_step: OnTrainingStep | None,
) -> WeightModel:
    """Train the transformer over the numbers (N, S) of all MLPs, and their clips' durations."""
    torch.manual_seed(recipe.seed)
    stage, device = recipe.diffusion, numbers.device
    components = numbers.shape[1] if recipe.projection.components else 0
    model = WeightModel(
        WeightModelConfig(
            token_sizes(recipe.field, components, recipe.projection.token),
            len(clips.categories),
            len(clips.actions),
            stage.width,
            stage.depth,
            stage.heads,
            stage.dropout,
            stage.standardised,
        )
    ).to(device)
    data = torch.cat([numbers, clips.seconds.log()[:, None].to(device)], dim=1)
    model.fit_standardiser(data)
    clean = model.standardiser(data)
    labels = clips.category_index.to(device), clips.action_index.to(device)
    return train_denoiser(
        "weight_diffusion", model, lambda rows: clean[rows], *labels, stage, folder, recipe.seed, on_step
    )


def _same_settings(folder: Path, recipe: HyperDiffusionRecipe) -> None:
    """Refuse a folder whose MLPs were fitted with other settings."""
    settings = json.dumps([asdict(recipe.field), asdict(recipe.fit), recipe.seed], sort_keys=True)
    path = folder / "recipe.json"
    if path.exists() and path.read_text(encoding="utf-8") != settings:
        raise ZoetropeError(
            f"{folder} holds MLPs of other settings.", code="bad_option", remedy="Choose another folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(settings, encoding="utf-8")
