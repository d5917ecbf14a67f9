"""Recipe of a voxel run: all settings, from one TOML file."""

from dataclasses import dataclass

from zoetrope.training.data.occupancy_samples import OccupancyRecipe
from zoetrope.training.optimisation.denoising import DenoiserRecipe
from zoetrope.training.recipe import CreatureSelection


@dataclass(frozen=True)
class VoxelDiffusionRecipe(DenoiserRecipe):
    """Size and optimisation of the U-Net."""

    width: int = 64


@dataclass(frozen=True)
class VoxelRecipe:
    """One run of the voxel diffusion, from creature files to weights; `samples.grid` is that of a frame."""

    name: str
    engine: str
    seed: int
    data: CreatureSelection
    samples: OccupancyRecipe
    diffusion: VoxelDiffusionRecipe
    description: str = ""
