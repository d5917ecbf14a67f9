"""Stage 7, the colour field: one network and one palette embedding a creature, or hue variant of one."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from zoetrope.fields.colour import ColourField
from zoetrope.training.data.hue_variants import HueVariants, rotate_hue
from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.optimisation.distributed import local_rows, masked_mean
from zoetrope.training.optimisation.embeddings import Embedding
from zoetrope.training.optimisation.optimisers import optimisers_for
from zoetrope.training.optimisation.stage_loop import mixed_precision
from zoetrope.training.recipe import PaletteRecipe, StageRecipe
from zoetrope.training.stages.batches import shape_batch
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.losses import add_embedding_noise


def train_colour_field(
    stage: PaletteRecipe, context: StageContext, variants: HueVariants, shape_latents: Tensor
) -> tuple[ColourField, Embedding]:
    """Train the field and a palette for every hue variant, given the bodies' latents (N, Z)."""
    torch.manual_seed(context.seed)
    data = context.data
    field = ColourField(stage.field).to(data.device)
    palettes = Embedding(len(variants), stage.field.palette, deviation=0.05).to(data.device)
    training = stage.training
    optimisers = optimisers_for(field, field.mlp.hidden_weights(), training.muon_lr, training.lr)
    optimisers["palettes"] = torch.optim.SparseAdam(list(palettes.parameters()), lr=training.embedding_lr)

    def loss_of(generator: torch.Generator) -> Tensor:
        return colour_loss(field, data, variants, training, shape_latents, palettes, generator)

    modules: dict[str, nn.Module] = {"field": field, "palettes": palettes}
    context.run("colour_field", training.steps, modules, optimisers, loss_of)
    return field.eval().requires_grad_(False), palettes.eval().requires_grad_(False)


def colour_loss(
    field: ColourField,
    data: PreparedData,
    variants: HueVariants,
    stage: StageRecipe,
    shape_latents: Tensor,
    palette_of: Callable[[Tensor], Tensor],
    generator: torch.Generator,
) -> Tensor:
    """Return the L1 of colours near the surface plus the prior of palettes.

    Parameters
    ----------
    shape_latents : (N, Z) latents of the bodies
    palette_of : indices of variants (B,) -> palettes (B, P)
    """
    bodies = coloured_bodies(data)
    chosen, points, _, colours = shape_batch(data, stage.instances, stage.points, generator, bodies)
    (share,) = local_rows(torch.rand(stage.instances, generator=generator, device=data.device))
    variant = variants.at(data.creature_of_body[chosen], share)
    palette = palette_of(variant)
    with mixed_precision(data.device):
        predicted = field(points, shape_latents[chosen], add_embedding_noise(palette, stage.noise))
    has_colour = (colours >= 0).float()
    target = rotate_hue(colours, variants.hue[variant])
    error = masked_mean(((predicted - target).abs() * has_colour).sum(), has_colour.sum())
    return error + stage.prior * palette.square().sum(-1).mean()


def coloured_bodies(data: PreparedData) -> Tensor:
    """Return the indices (K,) of the bodies whose file has more than one colour."""
    return data.coloured.nonzero().flatten()
