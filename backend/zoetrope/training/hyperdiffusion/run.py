"""A whole HyperDiffusion run: samples, MLPs, projection, diffusion, weights; every part resumes."""

import json
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from zoetrope.atomic_write import atomic_write
from zoetrope.clips.library import CreatureEntry
from zoetrope.diffusion.weight_model import WeightModelConfig
from zoetrope.engines.hyperdiffusion.weights import (
    ENGINE,
    HyperDescription,
    HyperWeights,
    save_hyper_weights,
    token_sizes,
)
from zoetrope.engines.weights.bundle import FORMAT
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.category_labels import labels_of_clips
from zoetrope.training.data.labels import UNLABELLED, label_index
from zoetrope.training.data.occupancy_samples import file_name, prepare_occupancy
from zoetrope.training.data.sources import Source
from zoetrope.training.hyperdiffusion.fit_clips import fit_clips, load_fit
from zoetrope.training.hyperdiffusion.projection import ProjectedClips, project_clips, projected_iou
from zoetrope.training.hyperdiffusion.recipe import HyperDiffusionRecipe
from zoetrope.training.hyperdiffusion.weight_diffusion import LabelledNumbers, train_weight_diffusion
from zoetrope.training.optimisation.stage_loop import OnTrainingStep
from zoetrope.training.recipe import read_recipe

log = logging.getLogger(__name__)

MIN_SECONDS = 0.05
"""Of a clip, where its file has one key alone."""


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
    recipe = read_recipe(name, HyperDiffusionRecipe)
    where = torch.device(device)
    entries = source.creatures(recipe.data)
    clips = [(entry, clip) for entry in entries for clip in entry.usable_clips]
    body = recipe.samples.frames == 1
    if body:
        clips = [(entry, entry.usable_clips[0]) for entry in entries]
    occupancy, mlps, own = out / "occupancy", out / "mlps", out / recipe.name
    prepare_occupancy(source, entries, occupancy, recipe.samples)
    samples = [occupancy / file_name(entry.file, "" if body else clip.name) for entry, clip in clips]
    _same_settings(mlps, recipe)
    fit_clips(samples, mlps, recipe.field, recipe.fit, where, recipe.seed)
    fitted = [load_fit(mlps / path.name) for path in samples]
    weights = torch.stack([torch.from_numpy(one.weights) for one in fitted]).to(where)
    own.mkdir(parents=True, exist_ok=True)
    projected = None
    if recipe.projection.components:
        projected = project_clips(
            weights, samples, recipe.field, recipe.projection, own, recipe.seed, on_step
        )
        iou = projected_iou(projected, samples, recipe.field)
        log.info("IoU of the MLPs %.3f, projected %.3f", sum(f.iou for f in fitted) / len(fitted), iou.mean())
        _save_projection(own / "projected.safetensors", projected, iou)
    numbers = weights if projected is None else projected.components
    seconds = torch.tensor([max(MIN_SECONDS, clip.seconds) for _, clip in clips], device=where)
    numbers = torch.cat([numbers, seconds.log()[:, None]], dim=1)
    categories, actions = _labels(clips)
    data = LabelledNumbers(
        numbers,
        torch.tensor([label_index(entry.category, categories) for entry, _ in clips], device=where),
        torch.tensor([0 if body else label_index(clip.action, actions) for _, clip in clips], device=where),
    )
    stage = recipe.diffusion
    components = 0 if projected is None else projected.components.shape[1]
    config = WeightModelConfig(
        token_sizes(recipe.field, components, recipe.projection.token),
        len(categories),
        len(actions),
        stage.width,
        stage.depth,
        stage.heads,
        stage.dropout,
        stage.standardised,
    )
    model = train_weight_diffusion(data, config, stage, own, recipe.seed, on_step)
    projection = None if projected is None else projected.projection
    modules = [model, *([projection] if projection is not None else [])]
    description = HyperDescription(
        format=FORMAT,
        engine=ENGINE,
        name=recipe.name,
        parameters=sum(value.numel() for module in modules for value in module.state_dict().values()),
        field=recipe.field,
        frames=recipe.samples.frames,
        components=components,
        model=config,
        categories=labels_of_clips(
            [(e.category, c.action, c.cyclic, c.returns_to_start, e.file, e.height_m) for e, c in clips]
        ),
        action_order=tuple(actions),
        sampling_steps=stage.sampling_steps,
        guidance=stage.guidance,
        training={
            "recipe": recipe.name,
            "split": recipe.data.split,
            "part": "train",
            "creatures": [entry.file for entry in entries],
            "clips": len(clips),
            "torch": torch.__version__,
        },
    )
    folder = own / "weights"
    save_hyper_weights(folder, HyperWeights(description, "", model.cpu(), projection))
    return folder


def _labels(clips: Sequence[tuple[CreatureEntry, object]]) -> tuple[list[str], list[str]]:
    """Return the categories and actions of clips, sorted, without `UNLABELLED`."""
    categories = Counter(entry.category for entry, _ in clips)
    actions = Counter(getattr(clip, "action") for _, clip in clips)  # noqa: B009
    return sorted(set(categories) - {UNLABELLED}), sorted(set(actions) - {UNLABELLED})


def _same_settings(folder: Path, recipe: HyperDiffusionRecipe) -> None:
    """Refuse a folder whose MLPs were fitted with other settings."""
    settings = json.dumps([asdict(recipe.field), asdict(recipe.fit)], sort_keys=True)
    path = folder / "recipe.json"
    if path.exists() and path.read_text(encoding="utf-8") != settings:
        raise ZoetropeError(
            f"{folder} holds MLPs of other settings.", code="bad_option", remedy="Choose another folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(settings, encoding="utf-8")


def _save_projection(path: Path, projected: ProjectedClips, iou: Tensor) -> None:
    """Write the components of all clips and their IoU, for studies."""
    with atomic_write(path) as part:
        save_file({"components": projected.components.contiguous(), "iou": iou.contiguous()}, part)
