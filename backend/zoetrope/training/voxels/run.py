"""A whole run of the voxel diffusion: samples, grids, diffusion, weights; every part resumes."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from zoetrope.diffusion.voxel_unet import VoxelModelConfig, VoxelUNet
from zoetrope.engines.voxels.weights import ENGINE, VoxelDescription, save_voxel_weights
from zoetrope.engines.weights.bundle import FORMAT
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.clip_set import prepared_clips
from zoetrope.training.data.folder_settings import keep_settings
from zoetrope.training.data.occupancy_samples import load_clip
from zoetrope.training.data.sources import Source
from zoetrope.training.optimisation.denoising import train_denoiser
from zoetrope.training.optimisation.stage_loop import OnTrainingStep
from zoetrope.training.optimisation.stopwatch import Stopwatch
from zoetrope.training.recipe import read_recipe
from zoetrope.training.voxels.recipe import VoxelRecipe


def train_voxels(
    name: str, source: Source, out: Path, device: str = "cpu", on_step: OnTrainingStep | None = None
) -> Path:
    """Train a recipe; return the folder of the weights.

    Grids lie in `out` and serve all recipes that agree in them (both splits); the rest in `out/<its name>`.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the recipe has no grid; a folder holds grids or a run of other settings or clips.
    """
    recipe = read_recipe(name, VoxelRecipe, ENGINE)
    stage, where = recipe.diffusion, torch.device(device)
    own = out / recipe.name
    watch = Stopwatch(own)
    cells = recipe.samples.grid
    if not cells:
        raise ZoetropeError(
            f"The recipe {recipe.name} samples no grid.",
            code="bad_option",
            remedy="Set `grid` under [samples].",
        )
    with Stopwatch(out).part("grids"):
        clips = prepared_clips(source, recipe.data, out / "grids", recipe.samples)
    keep_settings(own / "settings.json", {"diffusion": asdict(stage), "clips": clips.digest}, "a run")
    grids = np.stack(
        [load_clip(path).uniform_inside.reshape(-1, cells, cells, cells) for path in clips.samples]
    )
    full = torch.from_numpy(grids).to(where)
    seconds = clips.seconds

    def clean_of(rows: Tensor) -> Tensor:
        return full[rows].float() * 2 - 1

    torch.manual_seed(recipe.seed)
    config = VoxelModelConfig(
        recipe.samples.frames, cells, stage.width, len(clips.categories), len(clips.actions)
    )
    labels = clips.category_index.to(where), clips.action_index.to(where)
    with watch.part("diffusion"):
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
    description = VoxelDescription(
        format=FORMAT,
        engine=ENGINE,
        name=recipe.name,
        parameters=sum(value.numel() for value in model.state_dict().values()),
        model=config,
        categories=clips.labels(),
        action_order=tuple(clips.actions),
        seconds=float(seconds.median()),
        sampling_steps=stage.sampling_steps,
        training=clips.description(recipe.name, recipe.data.split),
    )
    folder = own / "weights"
    save_voxel_weights(folder, description, model.cpu())
    return folder
