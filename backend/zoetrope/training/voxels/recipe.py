"""Recipe of a voxel run: all settings, from one TOML file."""

from dataclasses import dataclass

from zoetrope.training.data.occupancy_samples import OccupancyRecipe
from zoetrope.training.recipe import CreatureSelection


@dataclass(frozen=True)
class VoxelDiffusionRecipe:
    """Size and optimisation of the U-Net; settings as in `WeightDiffusionRecipe`."""

    steps: int
    cells: int = 24
    width: int = 64
    batch: int = 16
    lr: float = 4e-4
    ema: float = 0.998
    label_dropout: float = 0.15
    class_balance: float = 0.5
    sampling_steps: int = 50


@dataclass(frozen=True)
class VoxelRecipe:
    """One run of the voxel diffusion, from creature files to weights."""

    name: str
    engine: str
    seed: int
    data: CreatureSelection
    samples: OccupancyRecipe
    diffusion: VoxelDiffusionRecipe
    description: str = ""
