"""Stage 1, auto-decoder pre-training of the shape field: one network, one latent a body (DNF section 3)."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from zoetrope.fields.shape import ShapeField
from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.optimisation.embeddings import Embedding
from zoetrope.training.optimisation.mixed_precision import mixed_precision
from zoetrope.training.optimisation.optimisers import optimisers_for
from zoetrope.training.recipe import Recipe, StageRecipe
from zoetrope.training.stages.batches import shape_batch
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.losses import add_embedding_noise, distance_loss


def optimisers_and_loss(
    stage: StageRecipe, data: PreparedData, field: ShapeField, latents: Embedding
) -> tuple[dict[str, torch.optim.Optimizer], Callable[[torch.Generator], Tensor]]:
    """Return what `run_stage` needs to train the field and the latents."""
    optimisers = optimisers_for(field, field.mlp.hidden_weights(), stage.muon_lr, stage.lr)
    optimisers["latents"] = torch.optim.SparseAdam(list(latents.parameters()), lr=stage.embedding_lr)

    def loss_of(generator: torch.Generator) -> Tensor:
        bodies, points, distances = shape_batch(data, stage.instances, stage.points, generator)
        latent = latents(bodies)
        with mixed_precision(data.device):
            predicted = field(points, add_embedding_noise(latent, stage.noise))
        return distance_loss(predicted, distances) + stage.prior * latent.square().sum(-1).mean()

    return optimisers, loss_of


def pretrain_shape(recipe: Recipe, context: StageContext) -> tuple[ShapeField, Embedding]:
    """Train the shape field and a latent for every body; both are returned frozen."""
    torch.manual_seed(context.seed)
    data, stage = context.data, recipe.shape_pretraining
    field = ShapeField(recipe.shape_field).to(data.device)
    latents = Embedding(len(data.bodies), recipe.shape_field.latent, deviation=0.05).to(data.device)
    optimisers, loss_of = optimisers_and_loss(stage, data, field, latents)
    modules: dict[str, nn.Module] = {"field": field, "latents": latents}
    context.run("shape_pretraining", stage.steps, modules, optimisers, loss_of)
    return field.eval().requires_grad_(False), latents.eval().requires_grad_(False)
