"""Training the motion field: auto-decoder pre-training, then dictionary fine-tuning (DNF section 3)."""

from pathlib import Path

import torch
from einops import repeat
from torch import Tensor, nn

from zoetrope.dictionary.dictionary import Dictionary
from zoetrope.fields.motion import MotionField
from zoetrope.training.data.prepared import PreparedData
from zoetrope.training.recipe import Recipe
from zoetrope.training.run.distributed import mine
from zoetrope.training.run.loop import Progress, mixed_precision, run_stage
from zoetrope.training.stages.embeddings import ClipEmbedding, Embedding
from zoetrope.training.stages.optimisers import optimisers_for
from zoetrope.training.stages.shape_field import ORTHOGONALITY, biases, jittered
from zoetrope.training.stages.within_creature_prior import apart, means

FRAMES_A_CLIP = 4
"""Frames of one clip in a batch; they share the clip's body."""


def motion_batch(
    data: PreparedData, instances: int, points: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Draw clips (B,), frames (B, K), bodies (B,), points (B, N, 3), offsets (B, K, N, 3); B K = instances.

    Every second clip is shown on its creature's own body, the others on any of its bodies.
    """
    device = data.device
    count = instances // FRAMES_A_CLIP
    clips = torch.randint(len(data.clips), (count,), generator=generator, device=device)
    frames = torch.randint(data.rigid.shape[1], (count, FRAMES_A_CLIP), generator=generator, device=device)
    choice = torch.rand(count, generator=generator, device=device)
    creature = data.of_clip[clips]
    other = ((2 * choice - 1).clamp_min(0) * data.body_count[creature]).long()
    bodies = data.first_body[creature] + other
    index = torch.randint(data.flow_points.shape[1], (count, points), generator=generator, device=device)
    clips, frames, bodies, index = mine(clips, frames, bodies, index)
    rows = data.row(bodies, clips)
    moved = data.offsets[rows[:, None, None], frames[:, :, None], index[:, None]].float()
    return clips, frames, bodies, data.flow_points[bodies[:, None], index], moved


def flat_frames(shape: Tensor, where: Tensor) -> tuple[Tensor, Tensor]:
    """Repeat a clip's shape latent (B, Z) and points (B, N, 3) for its frames: (B K, Z), (B K, N, 3)."""
    k = FRAMES_A_CLIP
    return repeat(shape, "b z -> (b k) z", k=k), repeat(where, "b n c -> (b k) n c", k=k)


def pretrain(
    recipe: Recipe, data: PreparedData, folder: Path, shape_latents: Embedding, progress: Progress | None
) -> tuple[MotionField, ClipEmbedding]:
    """Stage 3: one network and one latent a frame of every clip, given the frozen shape latents."""
    torch.manual_seed(recipe.seed)
    stage = recipe.motion_pretraining
    field = MotionField(recipe.motion_field).to(data.device)
    cyclic = [clip.cyclic for clip in data.clips]
    latents = ClipEmbedding(cyclic, recipe.data.frames, recipe.motion_field.latent).to(data.device)
    optimisers = optimisers_for(field, field.mlp.hidden_weights(), stage.muon_lr, stage.lr)
    optimisers["latents"] = torch.optim.SparseAdam(list(latents.parameters()), lr=stage.embedding_lr)

    def loss_of(generator: torch.Generator) -> Tensor:
        clips, frames, bodies, where, moved = motion_batch(data, stage.instances, stage.points, generator)
        shape, where = flat_frames(shape_latents(bodies), where)
        latent = latents(clips, frames).flatten(0, 1)  # (clip and frame, channel)
        with mixed_precision(data.device):
            predicted = field(where, shape, jittered(latent, stage.noise))
        loss = (predicted - moved.flatten(0, 1)).abs().mean()
        return loss + stage.prior * latent.square().sum(-1).mean()

    modules: dict[str, nn.Module] = {"field": field, "latents": latents}
    run_stage(
        "motion_pretraining",
        folder,
        stage.steps,
        recipe.seed,
        modules,
        optimisers,
        loss_of,
        progress=progress,
    )
    return field.eval().requires_grad_(False), latents.eval().requires_grad_(False)


def finetune(
    recipe: Recipe,
    data: PreparedData,
    folder: Path,
    shape_latents: Embedding,
    field: MotionField,
    latents: ClipEmbedding,
    progress: Progress | None,
) -> tuple[Dictionary, ClipEmbedding]:
    """Stage 4: residual, code maps and one code a layer and frame, or clip, are learned; the rest is frozen.

    With a live dictionary the shared matrices, the field's biases and the latents are learned on.
    """
    torch.manual_seed(recipe.seed)
    stage = recipe.motion_finetuning
    dictionary = Dictionary(list(field.mlp.weights), recipe.motion_dictionary).to(data.device)
    cyclic = [clip.cyclic for clip in data.clips]
    layers = len(field.mlp.weights)
    size = recipe.motion_dictionary.code
    codes = ClipEmbedding(cyclic, recipe.data.frames, layers, size, constant=recipe.clip_codes).to(
        data.device
    )
    modules: dict[str, nn.Module] = {"dictionary": dictionary, "codes": codes}
    if recipe.motion_dictionary.live:
        modules["biases"] = field.mlp.biases.requires_grad_(True)
        modules["latents"] = latents.requires_grad_(True)
    optimisers = optimisers_for(dictionary, dictionary.residuals(), stage.muon_lr, stage.lr)
    optimisers["codes"] = torch.optim.SparseAdam(list(codes.parameters()), lr=stage.embedding_lr)
    optimisers |= biases(field, stage)
    if recipe.motion_dictionary.live:
        optimisers["latents"] = torch.optim.SparseAdam(list(latents.parameters()), lr=stage.embedding_lr)
    count = 1 if recipe.clip_codes else FRAMES_A_CLIP

    def loss_of(generator: torch.Generator) -> Tensor:
        clips, frames, bodies, where, moved = motion_batch(data, stage.instances, stage.points, generator)
        shape, where = flat_frames(shape_latents(bodies), where)
        latent = latents(clips, frames).flatten(0, 1)
        code = codes(clips, frames[:, :count]).flatten(0, 1)  # (clip and frame, layer, channel)
        with mixed_precision(data.device):
            weights = dictionary.compose(jittered(code, stage.noise))
            predicted = field(where, shape, jittered(latent, stage.noise), weights)
        loss = (predicted - moved.flatten(0, 1)).abs().mean()
        loss = loss + stage.prior * code.square().sum((-1, -2)).mean()
        if stage.within_creature_prior and recipe.clip_codes:
            kin = means(codes.table.rows.weight, data.of_clip, len(data.creatures))
            loss = loss + stage.within_creature_prior * apart(codes.table(clips), kin[data.of_clip[clips]])
        if latent.requires_grad:
            loss = loss + stage.prior * latent.square().sum(-1).mean()
        return loss + ORTHOGONALITY * dictionary.orthogonality()

    run_stage(
        "motion_finetuning", folder, stage.steps, recipe.seed, modules, optimisers, loss_of, progress=progress
    )
    field.requires_grad_(False)
    latents.eval().requires_grad_(False)
    return dictionary.eval().requires_grad_(False), codes.eval().requires_grad_(False)
