"""Training the shape field: auto-decoder pre-training, then dictionary fine-tuning (DNF section 3)."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from zoetrope.dictionary.base import WeightDictionary
from zoetrope.dictionary.dictionary import Dictionary
from zoetrope.fields.motion import MotionField
from zoetrope.fields.shape import ShapeField
from zoetrope.training.data.prepared import PreparedData
from zoetrope.training.recipe import Recipe, StageRecipe
from zoetrope.training.run.distributed import mine, shared_mean
from zoetrope.training.run.loop import Progress, mixed_precision, run_stage
from zoetrope.training.stages.embeddings import Embedding
from zoetrope.training.stages.optimisers import optimisers_for
from zoetrope.training.stages.within_creature_prior import apart, means

CLAMP = 0.1
"""Distances beyond this (box units) only have to be that far on the right side."""


def distance_loss(predicted: Tensor, target: Tensor) -> Tensor:
    """L1 inside the clamp; beyond it a hinge, so that a far point is held far without being held exactly.

    DeepSDF and DNF clamp both sides, which leaves no gradient where a prediction is wrongly far away.
    """
    near = (predicted - target).abs()
    far = (CLAMP - target.sign() * predicted).clamp_min(0)
    return torch.where(target.abs() < CLAMP, near, far).mean()


def shape_batch(
    data: PreparedData,
    instances: int,
    points: int,
    generator: torch.Generator,
    among: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Draw bodies (B,), points (B, N, 3), distances (B, N), colours (B, N, 3; -1 where there is none).

    among : (K,) int, optional
        Bodies to draw from; all where not given.
    """
    device = data.device
    count = len(data.bodies) if among is None else len(among)
    bodies = torch.randint(count, (instances,), generator=generator, device=device)
    bodies = bodies if among is None else among[bodies]
    return _samples(data, *mine(bodies, _places(instances, points, generator)))


def _places(instances: int, points: int, generator: torch.Generator) -> Tensor:
    """Where in a body's samples (B, N) to look, of 1.

    They lie near the surface first, uniform ones last: the square favours the near ones, 7 in 10.
    """
    return torch.rand(instances, points, generator=generator, device=generator.device).square()


def _samples(data: PreparedData, bodies: Tensor, share: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Bodies (B,) and what they have at places (B, N)."""
    index = (share * data.sdf.shape[1]).long()
    rows = bodies[:, None]
    colours = data.colours[rows, index].float() / 255
    distances = data.sdf[rows, index]
    told = data.coloured[bodies][:, None] & (distances.abs() < 0.5 * CLAMP)
    return bodies, data.sdf_points[rows, index], distances, torch.where(told[..., None], colours, -1.0)


def shape_loss(predicted: tuple[Tensor, Tensor], distances: Tensor, colours: Tensor) -> Tensor:
    """Distance loss plus, of a field that has colours, a hundredth of their L1 where they are known."""
    if not predicted[1].shape[-1]:
        return distance_loss(predicted[0], distances)
    told = (colours >= 0).float()
    colour = shared_mean(((predicted[1] - colours).abs() * told).sum(), told.sum())
    return distance_loss(predicted[0], distances) + 0.01 * colour


def jittered(values: Tensor, share: float) -> Tensor:
    """Values (B, ...) plus noise of a share of their deviation over the batch: codes must bear noise."""
    if share == 0:
        return values
    return values + share * values.detach().std(0, keepdim=True) * torch.randn_like(values)


Optimisers = dict[str, torch.optim.Optimizer]
LossOf = Callable[[torch.Generator], Tensor]
ORTHOGONALITY = 1e-3
"""Weight of the loss that keeps the residual's vectors orthonormal (DNF section 3)."""


def pretraining(
    stage: StageRecipe, data: PreparedData, field: ShapeField, latents: Embedding
) -> tuple[Optimisers, LossOf]:
    """Optimisers and loss of auto-decoding: one network and one latent a body (DNF section 3)."""
    optimisers = optimisers_for(field, field.mlp.hidden_weights(), stage.muon_lr, stage.lr)
    optimisers["latents"] = torch.optim.SparseAdam(list(latents.parameters()), lr=stage.embedding_lr)

    def loss_of(generator: torch.Generator) -> Tensor:
        bodies, points, distances, colours = shape_batch(data, stage.instances, stage.points, generator)
        latent = latents(bodies)
        with mixed_precision(data.device):
            predicted = field(points, jittered(latent, stage.noise))
        return shape_loss(predicted, distances, colours) + stage.prior * latent.square().sum(-1).mean()

    return optimisers, loss_of


def finetuning(
    stage: StageRecipe,
    data: PreparedData,
    field: ShapeField,
    latents: Embedding,
    dictionary: WeightDictionary,
    codes: Embedding,
    orthogonality: float = ORTHOGONALITY,
) -> tuple[Optimisers, LossOf]:
    """Optimisers and loss of the codes and of what the dictionary learns; field and latents stay.

    Of a live dictionary's field the biases are learned on (they ask for gradients).
    """
    optimisers = optimisers_for(dictionary, dictionary.residuals(), stage.muon_lr, stage.lr)
    optimisers["codes"] = torch.optim.SparseAdam(list(codes.parameters()), lr=stage.embedding_lr)
    optimisers |= biases(field, stage)

    def loss_of(generator: torch.Generator) -> Tensor:
        bodies, points, distances, colours = shape_batch(data, stage.instances, stage.points, generator)
        code = codes(bodies)
        with mixed_precision(data.device):
            composed = dictionary.compose(jittered(code, stage.noise))
            predicted = field(points, jittered(latents(bodies), stage.noise), composed)
        loss = shape_loss(predicted, distances, colours) + stage.prior * code.square().sum((-1, -2)).mean()
        if stage.within_creature_prior:
            kin = means(codes.rows.weight, data.of_body, len(data.creatures))
            loss = loss + stage.within_creature_prior * apart(code, kin[data.of_body[bodies]])
        return loss + orthogonality * dictionary.orthogonality() if orthogonality else loss

    return optimisers, loss_of


def biases(field: ShapeField | MotionField, stage: StageRecipe) -> Optimisers:
    """The optimiser of a field's biases where a live dictionary has them learned on, else none."""
    learned = [bias for bias in field.mlp.biases if bias.requires_grad]
    return {"biases": torch.optim.Adam(learned, lr=stage.lr)} if learned else {}


def pretrain(
    recipe: Recipe, data: PreparedData, folder: Path, progress: Progress | None
) -> tuple[ShapeField, Embedding]:
    """Stage 1: one network and one latent a body."""
    torch.manual_seed(recipe.seed)
    stage = recipe.shape_pretraining
    field = ShapeField(recipe.shape_field).to(data.device)
    latents = Embedding(len(data.bodies), recipe.shape_field.latent, deviation=0.05).to(data.device)
    optimisers, loss_of = pretraining(stage, data, field, latents)
    modules: dict[str, nn.Module] = {"field": field, "latents": latents}
    run_stage(
        "shape_pretraining", folder, stage.steps, recipe.seed, modules, optimisers, loss_of, progress=progress
    )
    return field.eval().requires_grad_(False), latents.eval().requires_grad_(False)


def finetune(
    recipe: Recipe,
    data: PreparedData,
    folder: Path,
    field: ShapeField,
    latents: Embedding,
    progress: Progress | None,
) -> tuple[Dictionary, Embedding]:
    """Stage 2: residual, code maps and one code a layer and body are learned; the rest is frozen.

    With a live dictionary the shared matrices and the field's biases are learned on. The latents stay
    either way: the motion's stages, which read them, need not wait for this one.
    """
    torch.manual_seed(recipe.seed)
    stage = recipe.shape_finetuning
    dictionary = Dictionary(list(field.mlp.weights), recipe.shape_dictionary).to(data.device)
    codes = Embedding(len(data.bodies), *dictionary.code_shape(), deviation=0.0).to(data.device)
    modules: dict[str, nn.Module] = {"dictionary": dictionary, "codes": codes}
    if recipe.shape_dictionary.live:
        modules["biases"] = field.mlp.biases.requires_grad_(True)
    optimisers, loss_of = finetuning(stage, data, field, latents, dictionary, codes)
    run_stage(
        "shape_finetuning", folder, stage.steps, recipe.seed, modules, optimisers, loss_of, progress=progress
    )
    field.requires_grad_(False)
    return dictionary.eval().requires_grad_(False), codes.eval().requires_grad_(False)
