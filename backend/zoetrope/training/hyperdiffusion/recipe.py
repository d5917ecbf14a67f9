"""Recipe of a HyperDiffusion run: all settings, from one TOML file."""

from dataclasses import dataclass

from zoetrope.fields.occupancy import OccupancyConfig
from zoetrope.training.data.occupancy_samples import OccupancyRecipe
from zoetrope.training.hyperdiffusion.fit_mlps import FitRecipe
from zoetrope.training.optimisation.denoising import DenoiserRecipe
from zoetrope.training.recipe import CreatureSelection


@dataclass(frozen=True)
class ProjectionRecipe:
    """Shared projection of the MLPs: principal components, then refined together on the occupancy samples.

    components : their number; 0: the raw weights are diffused, one token a weight or bias tensor.
    token : coefficients of one token.
    points : of each clip that the refinement sees; 0: principal components alone.
    clips, batch : clips and points of each in one step of the refinement.
    lr : learning rate of Adam for the basis, as a share of its spread; that of the coefficients is
        `COEFFICIENT_RATE` times as large.
    """

    components: int = 256
    token: int = 16
    points: int = 500_000
    clips: int = 48
    batch: int = 512
    lr: float = 2e-3


@dataclass(frozen=True)
class WeightDiffusionRecipe(DenoiserRecipe):
    """Optimisation and size of the transformer.

    standardised : diffuse standardised coefficients; the published code diffuses raw weights.
    guidance : scale of classifier-free guidance that the weights are stored with.
    """

    width: int = 256
    depth: int = 6
    heads: int = 4
    dropout: float = 0.1
    standardised: bool = True
    guidance: float = 1.0


@dataclass(frozen=True)
class HyperDiffusionRecipe:
    """One run of HyperDiffusion, from creature files to weights."""

    name: str
    engine: str
    seed: int
    data: CreatureSelection
    samples: OccupancyRecipe
    field: OccupancyConfig
    fit: FitRecipe
    projection: ProjectionRecipe
    diffusion: WeightDiffusionRecipe
    description: str = ""
