"""A whole run of the voxel diffusion: samples, grids, diffusion, weights; every part resumes."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from zoetrope.diffusion.voxel_unet import VoxelModelConfig, VoxelUNet
from zoetrope.engines.voxels.weights import ENGINE, VoxelDescription, description_faults, save_voxel_weights
from zoetrope.engines.weights.bundle import FORMAT
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.clip_set import clip_set
from zoetrope.training.data.folder_settings import keep_settings
from zoetrope.training.data.occupancy_samples import load_clip, prepare_occupancy
from zoetrope.training.data.sources import Source
from zoetrope.training.optimisation.denoising import train_denoiser
from zoetrope.training.optimisation.stage_loop import OnTrainingStep
from zoetrope.training.optimisation.stopwatch import Stopwatch
from zoetrope.training.recipe import read_recipe
from zoetrope.training.recipe_checks import refuse_faults
from zoetrope.training.run_files import GRIDS
from zoetrope.training.voxels.recipe import VoxelRecipe


def train_voxels(
    name: str, source: Source, out: Path, device: str = "cpu", on_step: OnTrainingStep | None = None
) -> Path:
    """Train a recipe; return the folder of the weights.

    Grids lie in `out` and serve all recipes that agree in them (both splits); the rest in `out/<its name>`.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the recipe has no grid, or its weights would be refused; a folder holds grids or a
        run of other settings or clips.
    """
    recipe = read_recipe(name, VoxelRecipe, ENGINE)
    stage, where = recipe.diffusion, torch.device(device)
    own = out / recipe.name
    cells = recipe.samples.grid
    if not cells:
        raise ZoetropeError(
            f"The recipe {recipe.name} samples no grid.",
            code="bad_option",
            remedy="Set `grid` under [samples].",
        )
    clips = clip_set(source, recipe.data, out / GRIDS, recipe.samples)
    config = VoxelModelConfig(
        recipe.samples.frames, cells, stage.width, len(clips.categories), len(clips.actions)
    )
    description = VoxelDescription(
        format=FORMAT,
        engine=ENGINE,
        name=recipe.name,
        parameters=0,
        model=config,
        categories=clips.labels(),
        action_order=tuple(clips.actions),
        seconds=float(clips.seconds.median()),
        sampling_steps=stage.sampling_steps,
        training=clips.description(recipe.name, recipe.data.split),
        conditional=stage.label_dropout < 1,
    )
    refuse_faults(name, description_faults(description))
    with Stopwatch(out).part("grids"):
        prepare_occupancy(source, clips.creatures, out / GRIDS, recipe.samples)
    settings = {"diffusion": asdict(stage), "clips": clips.digest, "seed": recipe.seed}
    keep_settings(own / "settings.json", settings, "a run")
    grids = np.stack(
        [load_clip(path).uniform_inside.reshape(-1, cells, cells, cells) for path in clips.samples]
    )
    full = torch.from_numpy(grids).to(where)

    def clean_of(rows: Tensor) -> Tensor:
        return full[rows].float() * 2 - 1

    torch.manual_seed(recipe.seed)
    labels = clips.category_index.to(where), clips.action_index.to(where)
    with Stopwatch(own).part("diffusion"):
        model = train_denoiser(
            "voxel_diffusion",
            # Faster than contiguous on a CPU.
            VoxelUNet(config).to(where, memory_format=torch.channels_last_3d),  # type: ignore[call-overload]
            clean_of,
            *labels,
            stage,
            own,
            recipe.seed,
            on_step,
        )
    folder = own / "weights"
    parameters = sum(value.numel() for value in model.state_dict().values())
    save_voxel_weights(folder, replace(description, parameters=parameters), model.cpu())
    return folder
