"""Training the shape field: auto-decoder pre-training, then dictionary fine-tuning (DNF section 3)."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from zoetrope.dictionary.base import WeightDictionary
from zoetrope.dictionary.dictionary import Dictionary
from zoetrope.fields.motion import MotionField
from zoetrope.fields.shape import ShapeField
from zoetrope.training.badly_fitted import BadlyFitted
from zoetrope.training.data import Prepared
from zoetrope.training.distributed import mine, shared_mean
from zoetrope.training.kinship import apart, means
from zoetrope.training.loop import Progress, mixed_precision, run_stage
from zoetrope.training.optimisers import optimisers_for
from zoetrope.training.recipe import Recipe, StageRecipe
from zoetrope.training.tables import Table

CLAMP = 0.1
"""Distances beyond this (box units) only have to be that far on the right side."""
LOOKED_AT = 256
"""Samples of each body that say how badly it is fitted."""


def distance_loss(predicted: Tensor, target: Tensor) -> Tensor:
    """L1 inside the clamp; beyond it a hinge, so that a far point is held far without being held exactly.

    DeepSDF and DNF clamp both sides, which leaves no gradient where a prediction is wrongly far away.
    """
    near = (predicted - target).abs()
    far = (CLAMP - target.sign() * predicted).clamp_min(0)
    return torch.where(target.abs() < CLAMP, near, far).mean()


def shape_batch(
    data: Prepared,
    instances: int,
    points: int,
    generator: torch.Generator,
    among: Tensor | None = None,
    weights: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Draw bodies (B,), points (B, N, 3), distances (B, N), colours (B, N, 3; -1 where there is none).

    among : (K,) int, optional
        Bodies to draw from; all where not given.
    weights : (K,), optional
        How often each of them is drawn, to a factor; all alike where not given.
    """
    device = data.device
    count = len(data.bodies) if among is None else len(among)
    if weights is None:
        bodies = torch.randint(count, (instances,), generator=generator, device=device)
    else:
        bodies = torch.multinomial(weights, instances, replacement=True, generator=generator)
    bodies = bodies if among is None else among[bodies]
    return _samples(data, *mine(bodies, _places(instances, points, generator)))


def _places(instances: int, points: int, generator: torch.Generator) -> Tensor:
    """Where in a body's samples (B, N) to look, of 1.

    They lie near the surface first, uniform ones last: the square favours the near ones, 7 in 10.
    """
    return torch.rand(instances, points, generator=generator, device=generator.device).square()


def _samples(data: Prepared, bodies: Tensor, share: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Bodies (B,) and what they have at places (B, N)."""
    index = (share * data.sdf.shape[1]).long()
    rows = bodies[:, None]
    colours = data.colours[rows, index].float() / 255
    distances = data.sdf[rows, index]
    told = data.coloured[bodies][:, None] & (distances.abs() < 0.5 * CLAMP)
    return bodies, data.sdf_points[rows, index], distances, torch.where(told[..., None], colours, -1.0)


@torch.no_grad()
def errors_of_bodies(
    data: Prepared,
    field: ShapeField,
    latents: Table,
    dictionary: WeightDictionary,
    codes: Table,
    points: int,
    instances: int,
) -> Tensor:
    """Mean error (N,) of the distance inside the clamp of all bodies, box units; the same samples always."""
    generator = torch.Generator(data.device).manual_seed(0)
    found = []
    for bodies in torch.arange(len(data.bodies), device=data.device).split(instances):
        places = _places(len(bodies), points, generator)
        _, where, distances, _ = _samples(data, bodies, places)
        with mixed_precision(data.device):
            there = field(where, latents(bodies), dictionary.compose(codes(bodies)))[0]
        near = (distances.abs() < CLAMP).float()
        found.append(((there - distances).abs() * near).sum(1) / near.sum(1).clamp_min(1))
    return torch.cat(found)


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
    stage: StageRecipe, data: Prepared, field: ShapeField, latents: Table
) -> tuple[Optimisers, LossOf]:
    """Optimisers and loss of auto-decoding: one network and one latent a body (DNF section 3)."""
    optimisers = optimisers_for(field, field.mlp.hidden_weights(), stage.matrix_rate, stage.rate)
    optimisers["latents"] = torch.optim.SparseAdam(list(latents.parameters()), lr=stage.code_rate)

    def loss_of(generator: torch.Generator) -> Tensor:
        bodies, points, distances, colours = shape_batch(data, stage.instances, stage.points, generator)
        latent = latents(bodies)
        with mixed_precision(data.device):
            predicted = field(points, jittered(latent, stage.noise))
        return shape_loss(predicted, distances, colours) + stage.prior * latent.square().sum(-1).mean()

    return optimisers, loss_of


def finetuning(
    stage: StageRecipe,
    data: Prepared,
    field: ShapeField,
    latents: Table,
    dictionary: WeightDictionary,
    codes: Table,
    orthogonality: float = ORTHOGONALITY,
    badly_fitted: BadlyFitted | None = None,
) -> tuple[Optimisers, LossOf]:
    """Optimisers and loss of the codes and of what the dictionary learns; field and latents stay.

    Of a live dictionary's field the biases are learned on (they ask for gradients). With `badly_fitted`
    bodies are drawn by their errors.
    """
    optimisers = optimisers_for(dictionary, dictionary.residuals(), stage.matrix_rate, stage.rate)
    optimisers["codes"] = torch.optim.SparseAdam(list(codes.parameters()), lr=stage.code_rate)
    optimisers |= biases(field, stage)

    look = partial(errors_of_bodies, data, field, latents, dictionary, codes, LOOKED_AT, stage.instances)

    def loss_of(generator: torch.Generator) -> Tensor:
        weights = badly_fitted.weights(look) if badly_fitted else None
        bodies, points, distances, colours = shape_batch(
            data, stage.instances, stage.points, generator, weights=weights
        )
        code = codes(bodies)
        with mixed_precision(data.device):
            composed = dictionary.compose(jittered(code, stage.noise))
            predicted = field(points, jittered(latents(bodies), stage.noise), composed)
        loss = shape_loss(predicted, distances, colours) + stage.prior * code.square().sum((-1, -2)).mean()
        if stage.kinship:
            kin = means(codes.rows.weight, data.of_body, len(data.creatures))
            loss = loss + stage.kinship * apart(code, kin[data.of_body[bodies]])
        return loss + orthogonality * dictionary.orthogonality() if orthogonality else loss

    return optimisers, loss_of


def biases(field: ShapeField | MotionField, stage: StageRecipe) -> Optimisers:
    """The optimiser of a field's biases where a live dictionary has them learned on, else none."""
    learned = [bias for bias in field.mlp.biases if bias.requires_grad]
    return {"biases": torch.optim.Adam(learned, lr=stage.rate)} if learned else {}


def pretrain(
    recipe: Recipe, data: Prepared, folder: Path, progress: Progress | None
) -> tuple[ShapeField, Table]:
    """Stage 1: one network and one latent a body."""
    torch.manual_seed(recipe.seed)
    stage = recipe.shape_pretraining
    field = ShapeField(recipe.shape_field).to(data.device)
    latents = Table(len(data.bodies), recipe.shape_field.latent, deviation=0.05).to(data.device)
    optimisers, loss_of = pretraining(stage, data, field, latents)
    modules: dict[str, nn.Module] = {"field": field, "latents": latents}
    run_stage(
        "shape_pretraining", folder, stage.steps, recipe.seed, modules, optimisers, loss_of, progress=progress
    )
    return field.eval().requires_grad_(False), latents.eval().requires_grad_(False)


def finetune(
    recipe: Recipe, data: Prepared, folder: Path, field: ShapeField, latents: Table, progress: Progress | None
) -> tuple[Dictionary, Table]:
    """Stage 2: residual, code maps and one code a layer and body are learned; the rest is frozen.

    With a live dictionary the shared matrices and the field's biases are learned on. The latents stay
    either way: the motion's stages, which read them, need not wait for this one.
    """
    torch.manual_seed(recipe.seed)
    stage = recipe.shape_finetuning
    dictionary = Dictionary(list(field.mlp.weights), recipe.shape_dictionary).to(data.device)
    codes = Table(len(data.bodies), *dictionary.code_shape(), deviation=0.0).to(data.device)
    modules: dict[str, nn.Module] = {"dictionary": dictionary, "codes": codes}
    if recipe.shape_dictionary.live:
        modules["biases"] = field.mlp.biases.requires_grad_(True)
    badly_fitted = None
    if stage.badly_fitted:
        badly_fitted = modules["badly_fitted"] = BadlyFitted(len(data.bodies), stage.badly_fitted).to(
            data.device
        )
    optimisers, loss_of = finetuning(
        stage, data, field, latents, dictionary, codes, badly_fitted=badly_fitted
    )
    run_stage(
        "shape_finetuning", folder, stage.steps, recipe.seed, modules, optimisers, loss_of, progress=progress
    )
    field.requires_grad_(False)
    return dictionary.eval().requires_grad_(False), codes.eval().requires_grad_(False)
