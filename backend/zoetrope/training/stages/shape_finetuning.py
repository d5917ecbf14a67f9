"""Stage 2, dictionary fine-tuning of the shape field: one code a layer and body (DNF section 3)."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from zoetrope.dictionary.base import WeightDictionary
from zoetrope.dictionary.dictionary import Dictionary
from zoetrope.fields.shape import ShapeField
from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.optimisation.embeddings import Embedding
from zoetrope.training.optimisation.mixed_precision import mixed_precision
from zoetrope.training.optimisation.optimisers import bias_optimiser, optimisers_for
from zoetrope.training.recipe import Recipe, StageRecipe
from zoetrope.training.stages.batches import shape_batch
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.losses import ORTHOGONALITY, add_embedding_noise, distance_loss


def optimisers_and_loss(
    stage: StageRecipe,
    data: PreparedData,
    field: ShapeField,
    latents: Embedding,
    dictionary: WeightDictionary,
    codes: Embedding,
    orthogonality: float = ORTHOGONALITY,
) -> tuple[dict[str, torch.optim.Optimizer], Callable[[torch.Generator], Tensor]]:
    """Return what `run_stage` needs to train codes and dictionary; field and latents are frozen.

    Biases of the field that require gradients (live dictionary) are trained too.
    """
    optimisers = optimisers_for(dictionary, dictionary.matrix_parameters(), stage.muon_lr, stage.lr)
    optimisers["codes"] = torch.optim.SparseAdam(list(codes.parameters()), lr=stage.embedding_lr)
    optimisers |= bias_optimiser(field.mlp.biases, stage.lr)

    def loss_of(generator: torch.Generator) -> Tensor:
        bodies, points, distances = shape_batch(data, stage.instances, stage.points, generator)
        code = codes(bodies)
        with mixed_precision(data.device):
            composed = dictionary.compose(add_embedding_noise(code, stage.noise))
            predicted = field(points, add_embedding_noise(latents(bodies), stage.noise), composed)
        loss = distance_loss(predicted, distances) + stage.prior * code.square().sum((-1, -2)).mean()
        return loss + orthogonality * dictionary.orthogonality_loss() if orthogonality else loss

    return optimisers, loss_of


def finetune_shape(
    recipe: Recipe, context: StageContext, field: ShapeField, latents: Embedding
) -> tuple[Dictionary, Embedding]:
    """Train residual, code maps and one code a layer and body; return dictionary and codes, frozen.

    With a live dictionary the shared matrices and the field's biases are trained too. The latents are frozen
    either way, so that the motion's stages, which read them, need not wait for this one.
    """
    torch.manual_seed(context.seed)
    data, stage = context.data, recipe.shape_finetuning
    dictionary = Dictionary(list(field.mlp.weights), recipe.shape_dictionary).to(data.device)
    codes = Embedding(len(data.bodies), *dictionary.code_shape(), deviation=0.0).to(data.device)
    modules: dict[str, nn.Module] = {"dictionary": dictionary, "codes": codes}
    if recipe.shape_dictionary.live:
        modules["biases"] = field.mlp.biases.requires_grad_(True)
    optimisers, loss_of = optimisers_and_loss(stage, data, field, latents, dictionary, codes)
    context.run("shape_finetuning", stage.steps, modules, optimisers, loss_of)
    field.requires_grad_(False)
    return dictionary.eval().requires_grad_(False), codes.eval().requires_grad_(False)
