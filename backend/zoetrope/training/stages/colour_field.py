"""Stage 7, the colour field: which region of a body a point belongs to, from the body's shape latent."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from zoetrope.fields.colour import ColourField, ColourFieldConfig
from zoetrope.fields.colour_regions import REGION_COUNT
from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.optimisation.distributed import local_rows
from zoetrope.training.optimisation.mixed_precision import mixed_precision
from zoetrope.training.optimisation.optimisers import optimisers_for
from zoetrope.training.recipe import ColourFieldRecipe
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.losses import add_embedding_noise


def train_colour_field(stage: ColourFieldRecipe, context: StageContext, shape_latents: Tensor) -> ColourField:
    """Train the field, given the bodies' latents (N, Z); it is returned frozen."""
    torch.manual_seed(context.seed)
    data = context.data
    config = ColourFieldConfig(stage.width, stage.depth, shape_latents.shape[1], stage.octaves, REGION_COUNT)
    field = ColourField(config).to(data.device)
    optimisers = optimisers_for(field, field.mlp.hidden_weights(), stage.muon_lr, stage.lr)

    def loss_of(generator: torch.Generator) -> Tensor:
        return region_loss(field, data, stage, shape_latents, generator)

    modules: dict[str, nn.Module] = {"field": field}
    context.run("colour_field", stage.steps, modules, optimisers, loss_of)
    return field.eval().requires_grad_(False)


def region_loss(
    field: ColourField,
    data: PreparedData,
    stage: ColourFieldRecipe,
    shape_latents: Tensor,
    generator: torch.Generator,
) -> Tensor:
    """Return the cross-entropy of the regions of a batch, given the latents (N, Z) of all bodies."""
    bodies = coloured_bodies(data)
    device = data.device
    chosen = bodies[torch.randint(len(bodies), (stage.instances,), generator=generator, device=device)]
    count = data.colour_points.shape[1]
    index = torch.randint(count, (stage.instances, stage.points), generator=generator, device=device)
    chosen, index = local_rows(chosen, index)
    points = data.colour_points[chosen[:, None], index]
    region = data.colour_region[chosen[:, None], index].long()
    latents = add_embedding_noise(shape_latents[chosen], stage.noise)
    with mixed_precision(device):
        logits = field.logits(points, latents)
    return cross_entropy(logits.flatten(0, 1), region.flatten())


def coloured_bodies(data: PreparedData) -> Tensor:
    """Return the indices (K,) of the bodies whose file has more than one colour."""
    return data.coloured.nonzero().flatten()
