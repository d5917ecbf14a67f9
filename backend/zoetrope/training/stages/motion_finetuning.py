"""Stage 4, dictionary fine-tuning of the motion field: a code a layer and clip, or frame (DNF section 3)."""

import torch
from torch import Tensor, nn

from zoetrope.dictionary.dictionary import Dictionary
from zoetrope.fields.motion import MotionField
from zoetrope.training.optimisation.embeddings import ClipEmbedding, Embedding
from zoetrope.training.optimisation.mixed_precision import mixed_precision
from zoetrope.training.optimisation.optimisers import bias_optimiser, optimisers_for
from zoetrope.training.recipe import Recipe
from zoetrope.training.stages.batches import FRAMES_A_CLIP, flat_frames, motion_batch
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.losses import (
    ORTHOGONALITY,
    add_embedding_noise,
    creature_means,
    within_creature_loss,
)


def finetune_motion(
    recipe: Recipe,
    context: StageContext,
    shape_embedding: Embedding,
    field: MotionField,
    latents: ClipEmbedding,
) -> tuple[Dictionary, ClipEmbedding]:
    """Train residual, code maps and codes; return dictionary and codes, frozen.

    With a live dictionary the shared matrices, the field's biases and the latents are trained too.
    """
    torch.manual_seed(context.seed)
    data, stage = context.data, recipe.motion_finetuning
    dictionary = Dictionary(list(field.mlp.weights), recipe.motion_dictionary).to(data.device)
    cyclic = [clip.cyclic for clip in data.clips]
    code_shape = len(field.mlp.weights), recipe.motion_dictionary.code
    codes = ClipEmbedding(cyclic, recipe.data.frames, *code_shape, constant=recipe.clip_codes)
    codes = codes.to(data.device)
    modules: dict[str, nn.Module] = {"dictionary": dictionary, "codes": codes}
    if recipe.motion_dictionary.live:
        modules["biases"] = field.mlp.biases.requires_grad_(True)
        modules["latents"] = latents.requires_grad_(True)
    optimisers = optimisers_for(dictionary, dictionary.matrix_parameters(), stage.muon_lr, stage.lr)
    optimisers["codes"] = torch.optim.SparseAdam(list(codes.parameters()), lr=stage.embedding_lr)
    optimisers |= bias_optimiser(field.mlp.biases, stage.lr)
    if recipe.motion_dictionary.live:
        optimisers["latents"] = torch.optim.SparseAdam(list(latents.parameters()), lr=stage.embedding_lr)
    code_frames = 1 if recipe.clip_codes else FRAMES_A_CLIP

    def loss_of(generator: torch.Generator) -> Tensor:
        clips, frames, bodies, points, offsets = motion_batch(data, stage.instances, stage.points, generator)
        shape, points = flat_frames(shape_embedding(bodies), points)
        latent = latents(clips, frames).flatten(0, 1)
        code = codes(clips, frames[:, :code_frames]).flatten(0, 1)  # (clip and frame, layer, channel)
        with mixed_precision(data.device):
            weights = dictionary.compose(add_embedding_noise(code, stage.noise))
            predicted = field(points, shape, add_embedding_noise(latent, stage.noise), weights)
        loss = (predicted - offsets.flatten(0, 1)).abs().mean()
        loss = loss + stage.prior * code.square().sum((-1, -2)).mean()
        if stage.within_creature_prior and recipe.clip_codes:
            means = creature_means(codes.table.rows.weight, data.creature_of_clip, len(data.creatures))
            mean = means[data.creature_of_clip[clips]]
            loss = loss + stage.within_creature_prior * within_creature_loss(codes.table(clips), mean)
        if latent.requires_grad:
            loss = loss + stage.prior * latent.square().sum(-1).mean()
        return loss + ORTHOGONALITY * dictionary.orthogonality_loss()

    context.run("motion_finetuning", stage.steps, modules, optimisers, loss_of)
    field.requires_grad_(False)
    latents.eval().requires_grad_(False)
    return dictionary.eval().requires_grad_(False), codes.eval().requires_grad_(False)
