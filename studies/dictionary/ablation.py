"""DNF's ablation, published only in pictures, as numbers: what is the dictionary worth?

Every variant of the shape field has the same seconds, and as many numbers a creature where it has codes; all
are measured on distance samples that no training saw. "latent only" spends the codes' numbers on a longer
latent and all its seconds on one network.
"""

import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import Tensor
from zoetrope.dictionary.base import WeightDictionary
from zoetrope.dictionary.dictionary import Dictionary, DictionaryConfig
from zoetrope.errors import ZoetropeError
from zoetrope.fields.shape import ShapeField
from zoetrope.training.data.prepared import PreparedData
from zoetrope.training.optimisation.embeddings import Embedding
from zoetrope.training.optimisation.loop import cosine
from zoetrope.training.recipe import Recipe, StageRecipe
from zoetrope.training.stages.losses import ORTHOGONALITY
from zoetrope.training.stages.shape_finetuning import optimisers_and_loss as finetuning
from zoetrope.training.stages.shape_pretraining import optimisers_and_loss as pretraining

from studies.dictionary.published_dictionary import PublishedDictionary

HELD_OUT = 0.1
NEAR = 0.05
"""Held-out samples within this of the surface are measured, box units."""


@dataclass(frozen=True)
class Variant:
    """One row: a dictionary (None: latent alone), its sizes, and the weight of the orthogonality loss.

    begun : share of the seconds that go into pre-training.
    live : the field is learned on beside the codes, where DNF freezes it.
    """

    name: str
    make: Callable[[ShapeField, Recipe], WeightDictionary] | None
    orthogonality: float = 0.0
    begun: float = 0.5
    live: bool = False


def _ours(
    kept: int | None, residual: int | None, live: bool = False
) -> Callable[[ShapeField, Recipe], WeightDictionary]:
    def make(field: ShapeField, recipe: Recipe) -> WeightDictionary:
        own = recipe.shape_dictionary
        k, r = own.kept if kept is None else kept, own.residual if residual is None else residual
        return Dictionary(list(field.mlp.weights), DictionaryConfig(k, r, own.code, live))

    return make


FULL = 1_000_000
VARIANTS = (
    Variant("latent only", None),
    Variant("dictionary, neither compression nor expansion", _ours(FULL, 0)),
    Variant("compression only", _ours(None, 0)),
    Variant("all of it, no orthogonality", _ours(None, None)),
    Variant("all of it", _ours(None, None), ORTHOGONALITY),
    Variant(
        "published log coefficients",
        lambda field, recipe: PublishedDictionary(
            list(field.mlp.weights), recipe.shape_dictionary.kept, recipe.shape_dictionary.residual
        ),
        ORTHOGONALITY,
    ),
    Variant(
        "all of it, the network learning on",
        _ours(None, None, live=True),
        ORTHOGONALITY,
        begun=0.2,
        live=True,
    ),
    Variant("full rank, the network learning on", _ours(FULL, 0, live=True), begun=0.2, live=True),
)


def divided(data: PreparedData, seed: int = 0) -> tuple[PreparedData, Tensor, Tensor]:
    """Training samples, and held-out points (N, H, 3) with their distances (N, H)."""
    count = data.sdf.shape[1]
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    # the samples are sorted, near ones first, and batches rely on it
    held, kept = order[: int(HELD_OUT * count)].sort().values, order[int(HELD_OUT * count) :].sort().values
    rest = replace(
        data, sdf_points=data.sdf_points[:, kept], sdf=data.sdf[:, kept], colours=data.colours[:, kept]
    )
    return rest, data.sdf_points[:, held], data.sdf[:, held]


def run_for(
    seconds: float,
    seed: int,
    optimisers: dict[str, torch.optim.Optimizer],
    loss_of: Callable[[torch.Generator], Tensor],
) -> int:
    """Train for so many seconds, rates falling with the time that is used; the steps it took."""
    rates = {key: [group["lr"] for group in opt.param_groups] for key, opt in optimisers.items()}
    began, step = time.perf_counter(), 0
    while (spent := time.perf_counter() - began) < seconds:
        generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
        torch.manual_seed(seed * 1_000_003 + step)
        ramp = min(1.0, (step + 1) / 50)
        for key, opt in optimisers.items():
            for group, rate in zip(opt.param_groups, rates[key], strict=True):
                group["lr"] = rate * ramp * cosine(int(1000 * spent / seconds), 1000, warm_up=1)
            opt.zero_grad(set_to_none=True)
        loss_of(generator).backward()
        for opt in optimisers.values():
            opt.step()
        step += 1
    return step


def pretrained(
    recipe: Recipe, data: PreparedData, latent: int, seconds: float, seed: int
) -> tuple[ShapeField, Embedding, int]:
    """A field and its latents after so many seconds of auto-decoding."""
    torch.manual_seed(seed)
    field = ShapeField(replace(recipe.shape_field, latent=latent))
    latents = Embedding(len(data.bodies), latent, deviation=0.05)
    steps = run_for(seconds, seed, *pretraining(_quiet(recipe.shape_pretraining), data, field, latents))
    return field.requires_grad_(False), latents.requires_grad_(False), steps


def finetuned(
    stage: StageRecipe,
    data: PreparedData,
    field: ShapeField,
    latents: Embedding,
    dictionary: WeightDictionary,
    variant: Variant,
    seconds: float,
    seed: int,
) -> tuple[Embedding, int]:
    """Codes and the dictionary's learned part after so many seconds; field and latents stay."""
    torch.manual_seed(seed)
    codes = Embedding(len(data.bodies), *dictionary.code_shape(), deviation=0.0)
    made, loss_of = finetuning(_quiet(stage), data, field, latents, dictionary, codes, variant.orthogonality)
    return codes, run_for(seconds, seed, made, loss_of)


def _quiet(stage: StageRecipe) -> StageRecipe:
    """Without noise on latents and codes: what bears noise is the diffusion's need, not measured here."""
    return replace(stage, noise=0.0)


@torch.inference_mode()
def held_out_error(
    field: ShapeField,
    latents: Embedding,
    dictionary: WeightDictionary | None,
    codes: Embedding | None,
    points: Tensor,
    sdf: Tensor,
) -> float:
    """Mean |error| of the distance at held-out samples near the surface, box units, over all bodies."""
    errors = []
    for body in range(len(points)):
        near = sdf[body].abs() < NEAR
        row = torch.tensor([body])
        weights = dictionary.compose(codes(row)) if dictionary is not None and codes is not None else None
        there = field(points[body][near][None], latents(row), weights)[0][0]
        errors.append((there - sdf[body][near]).abs().mean())
    return float(torch.stack(errors).mean())


def chosen(names: Sequence[str]) -> tuple[Variant, ...]:
    """Variants by their names, and always the latent alone, which the others are compared with; none: all.

    Raises
    ------
    ZoetropeError
        Code "bad_option": there is no such variant.
    """
    known = [variant.name for variant in VARIANTS]
    for name in names:
        if name not in known:
            raise ZoetropeError(
                f"There is no variant {name!r}.",
                code="bad_option",
                remedy=f"Choose some of: {'; '.join(known)}.",
            )
    return tuple(v for v in VARIANTS if not names or v.name in names or v.make is None)


def ablate(
    recipe: Recipe, data: PreparedData, seconds: float, seed: int, variants: Sequence[Variant] = VARIANTS
) -> dict[str, dict[str, float]]:
    """Variants of one seed.

    Parameters
    ----------
    seconds : float
        Of each variant in all, pre-training included; variants that begin alike share theirs.

    Returns
    -------
    dict
        Variant -> {"error", "steps", "numbers"}: held-out error, steps taken, numbers a creature.
    """
    rest, points, sdf = divided(data)
    own, layers = recipe.shape_field.latent, recipe.shape_field.depth + 1

    @cache
    def begun(share: float) -> tuple[ShapeField, Embedding, int]:
        return pretrained(recipe, rest, own, share * seconds, seed)

    field, latents, first = begun(0.5)
    out: dict[str, dict[str, float]] = {
        "pre-training alone": {
            "error": held_out_error(field, latents, None, None, points, sdf),
            "steps": first,
            "numbers": own,
        }
    }
    for variant in variants:
        if variant.make is None:
            size = own + layers * recipe.shape_dictionary.code
            wide, longer, steps = pretrained(recipe, rest, size, seconds, seed)
            error = held_out_error(wide, longer, None, None, points, sdf)
            out[variant.name] = {"error": error, "steps": steps, "numbers": size}
            continue
        field, latents, first = begun(variant.begun)
        torch.manual_seed(seed)
        dictionary = variant.make(field, recipe)
        if variant.live:
            field = deepcopy(field)
            field.mlp.biases.requires_grad_(True)
        left = (1 - variant.begun) * seconds
        codes, steps = finetuned(
            recipe.shape_finetuning, rest, field, latents, dictionary, variant, left, seed
        )
        error = held_out_error(field, latents, dictionary, codes, points, sdf)
        numbers = own + codes.rows.embedding_dim
        out[variant.name] = {"error": error, "steps": first + steps, "numbers": numbers}
    return out
