"""Stage 3, auto-decoder pre-training of the motion field: a latent for every frame (DNF section 3)."""

import torch
from torch import Tensor, nn

from zoetrope.fields.motion import MotionField
from zoetrope.training.optimisation.embeddings import ClipEmbedding, Embedding
from zoetrope.training.optimisation.mixed_precision import mixed_precision
from zoetrope.training.optimisation.optimisers import optimisers_for
from zoetrope.training.recipe import Recipe
from zoetrope.training.stages.batches import flat_frames, motion_batch
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.losses import add_embedding_noise


def pretrain_motion(
    recipe: Recipe, context: StageContext, shape_embedding: Embedding
) -> tuple[MotionField, ClipEmbedding]:
    """Train the motion field and a latent for every frame of every clip, given the frozen shape latents."""
    torch.manual_seed(context.seed)
    data, stage = context.data, recipe.motion_pretraining
    field = MotionField(recipe.motion_field).to(data.device)
    cyclic = [clip.cyclic for clip in data.clips]
    latents = ClipEmbedding(cyclic, recipe.data.frames, recipe.motion_field.latent).to(data.device)
    optimisers = optimisers_for(field, field.mlp.hidden_weights(), stage.muon_lr, stage.lr)
    optimisers["latents"] = torch.optim.SparseAdam(list(latents.parameters()), lr=stage.embedding_lr)

    def loss_of(generator: torch.Generator) -> Tensor:
        clips, frames, bodies, points, offsets = motion_batch(data, stage.instances, stage.points, generator)
        shape, points = flat_frames(shape_embedding(bodies), points)
        latent = latents(clips, frames).flatten(0, 1)  # (clip and frame, channel)
        with mixed_precision(data.device):
            predicted = field(points, shape, add_embedding_noise(latent, stage.noise))
        loss = (predicted - offsets.flatten(0, 1)).abs().mean()
        return loss + stage.prior * latent.square().sum(-1).mean()

    modules: dict[str, nn.Module] = {"field": field, "latents": latents}
    context.run("motion_pretraining", stage.steps, modules, optimisers, loss_of)
    return field.eval().requires_grad_(False), latents.eval().requires_grad_(False)
