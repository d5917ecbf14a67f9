"""DNF's ablation as numbers: does the dictionary represent shapes better than a longer latent?

Every variant of the shape field gets the same training time and as many numbers a creature, and is measured
on distance samples that were held out from training. "latent only" uses the codes' numbers for a longer
latent, and all of its time for one network.

python -m studies.dictionary.ablation runs/prepared --seconds 900 --out studies/dictionary
"""

import argparse
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import torch
from torch import Tensor
from zoetrope.dictionary.dictionary import Dictionary, DictionaryConfig
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.fields.shape import ShapeField
from zoetrope.training.data.prepared_samples import PreparedData, load_prepared
from zoetrope.training.optimisation.embeddings import Embedding
from zoetrope.training.optimisation.stage_loop import learning_rate_factor
from zoetrope.training.recipe import Recipe, StageRecipe, load_recipe
from zoetrope.training.stages.losses import ORTHOGONALITY
from zoetrope.training.stages.shape_finetuning import optimisers_and_loss as finetuning
from zoetrope.training.stages.shape_pretraining import optimisers_and_loss as pretraining

from studies.command_line import run, study_parser
from studies.page import write_results

HELD_OUT = 0.1
"""Share of the distance samples."""
NEAR = 0.05
"""Held-out samples within this of the surface are measured, box units."""
FULL_RANK = 1_000_000
LATENT_ONLY = "latent only"


@dataclass(frozen=True)
class Variant:
    """One row of the table.

    kept, residual : ranks of the dictionary; None: those of the recipe.
    orthogonality : weight of the orthogonality loss.
    pretraining : share of the time that is spent on pre-training.
    live : the shared network is trained along with the codes (DNF freezes it).
    """

    name: str
    kept: int | None = None
    residual: int | None = None
    orthogonality: float = ORTHOGONALITY
    pretraining: float = 0.5
    live: bool = False

    def dictionary(self, field: ShapeField, recipe: Recipe) -> Dictionary:
        """Build the dictionary of a pre-trained field."""
        config = recipe.shape_dictionary
        kept = config.kept if self.kept is None else self.kept
        residual = config.residual if self.residual is None else self.residual
        return Dictionary(
            list(field.mlp.weights), DictionaryConfig(kept, residual, config.code, live=self.live)
        )


VARIANTS = (
    Variant(LATENT_ONLY),
    Variant("dictionary at full rank, no residual", FULL_RANK, 0, 0.0),
    Variant("compression only", residual=0, orthogonality=0.0),
    Variant("compression and residual, no orthogonality loss", orthogonality=0.0),
    Variant("compression and residual", pretraining=0.5),
    Variant("compression and residual, live", pretraining=0.2, live=True),
    Variant("full rank, no residual, live", FULL_RANK, 0, 0.0, 0.2, live=True),
)


@dataclass(frozen=True)
class Result:
    """Held-out error in box units, steps taken, numbers a creature."""

    error: float
    steps: int
    numbers: int


def hold_out(data: PreparedData, seed: int = 0) -> tuple[PreparedData, Tensor, Tensor]:
    """Return training samples, and held-out points (N, H, 3) with their distances (N, H)."""
    count = data.sdf.shape[1]
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    # batches rely on the order of the samples, nearest first
    held = order[: int(HELD_OUT * count)].sort().values
    kept = order[int(HELD_OUT * count) :].sort().values
    training = replace(data, sdf_points=data.sdf_points[:, kept], sdf=data.sdf[:, kept])
    return training, data.sdf_points[:, held], data.sdf[:, held]


def train_for(
    seconds: float,
    seed: int,
    optimisers: dict[str, torch.optim.Optimizer],
    loss_of: Callable[[torch.Generator], Tensor],
) -> int:
    """Train for a time, with cosine learning rates over that time; return the steps taken."""
    rates = {key: [group["lr"] for group in opt.param_groups] for key, opt in optimisers.items()}
    start, step = time.perf_counter(), 0
    while (spent := time.perf_counter() - start) < seconds:
        generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
        torch.manual_seed(seed * 1_000_003 + step)
        ramp = min(1.0, (step + 1) / 50)
        for key, opt in optimisers.items():
            for group, rate in zip(opt.param_groups, rates[key], strict=True):
                group["lr"] = rate * ramp * learning_rate_factor(int(1000 * spent / seconds), 1000, warm_up=1)
            opt.zero_grad(set_to_none=True)
        loss_of(generator).backward()
        for opt in optimisers.values():
            opt.step()
        step += 1
    return step


def pretrain(
    recipe: Recipe, data: PreparedData, latent: int, seconds: float, seed: int
) -> tuple[ShapeField, Embedding, int]:
    """Train a field and its latents (auto-decoder); return them frozen, with the steps taken."""
    torch.manual_seed(seed)
    field = ShapeField(replace(recipe.shape_field, latent=latent))
    latents = Embedding(len(data.bodies), latent, deviation=0.05)
    stage = _without_noise(recipe.shape_pretraining)
    steps = train_for(seconds, seed, *pretraining(stage, data, field, latents))
    return field.requires_grad_(False), latents.requires_grad_(False), steps


def finetune(
    recipe: Recipe,
    data: PreparedData,
    field: ShapeField,
    latents: Embedding,
    dictionary: Dictionary,
    variant: Variant,
    seconds: float,
    seed: int,
) -> tuple[Embedding, int]:
    """Train codes and the dictionary's learned part; return the codes and the steps taken."""
    torch.manual_seed(seed)
    codes = Embedding(len(data.bodies), *dictionary.code_shape(), deviation=0.0)
    stage = _without_noise(recipe.shape_finetuning)
    optimisers, loss_of = finetuning(stage, data, field, latents, dictionary, codes, variant.orthogonality)
    return codes, train_for(seconds, seed, optimisers, loss_of)


def _without_noise(stage: StageRecipe) -> StageRecipe:
    """Leave out the noise on latents and codes, which only the diffusion needs."""
    return replace(stage, noise=0.0)


@torch.inference_mode()
def held_out_error(
    field: ShapeField,
    latents: Embedding,
    dictionary: Dictionary | None,
    codes: Embedding | None,
    points: Tensor,
    sdf: Tensor,
) -> float:
    """Return the mean |error| of the distance at held-out samples near the surface, over all bodies."""
    errors = []
    for body in range(len(points)):
        near = sdf[body].abs() < NEAR
        row = torch.tensor([body])
        weights = dictionary.compose(codes(row)) if dictionary is not None and codes is not None else None
        predicted = field(points[body][near][None], latents(row), weights)[0]
        errors.append((predicted - sdf[body][near]).abs().mean())
    return float(torch.stack(errors).mean())


def ablate(
    recipe: Recipe, data: PreparedData, seconds: float, seed: int, variants: Sequence[Variant] = VARIANTS
) -> dict[str, Result]:
    """Train and measure variants with one seed.

    Parameters
    ----------
    seconds : float
        Of each variant, pre-training included; variants with the same pre-training share it.
    """
    training, points, sdf = hold_out(data)
    latent, layers = recipe.shape_field.latent, recipe.shape_field.depth + 1

    @cache
    def pretrained(share: float) -> tuple[ShapeField, Embedding, int]:
        return pretrain(recipe, training, latent, share * seconds, seed)

    field, latents, first = pretrained(0.5)
    error = held_out_error(field, latents, None, None, points, sdf)
    results = {"pre-training alone": Result(error, first, latent)}
    for variant in variants:
        if variant.name == LATENT_ONLY:
            size = latent + layers * recipe.shape_dictionary.code
            field, latents, steps = pretrain(recipe, training, size, seconds, seed)
            error = held_out_error(field, latents, None, None, points, sdf)
            results[variant.name] = Result(error, steps, size)
            continue
        field, latents, first = pretrained(variant.pretraining)
        torch.manual_seed(seed)
        dictionary = variant.dictionary(field, recipe)
        if variant.live:
            field = deepcopy(field)
            field.mlp.biases.requires_grad_(True)
        left = (1 - variant.pretraining) * seconds
        codes, steps = finetune(recipe, training, field, latents, dictionary, variant, left, seed)
        error = held_out_error(field, latents, dictionary, codes, points, sdf)
        results[variant.name] = Result(error, first + steps, latent + codes.rows.embedding_dim)
    return results


def table(seeds: Sequence[dict[str, Result]]) -> list[str]:
    """Return a row a variant: the error of each seed, and the error of the latent alone over it."""
    base = sum(one[LATENT_ONLY].error for one in seeds)
    columns = tuple(f"error, seed {seed}" for seed in range(len(seeds)))
    head = ("variant", *columns, "latent only / this", "numbers a creature", "steps")
    body = []
    for name, first in seeds[0].items():
        errors = [one[name].error for one in seeds]
        cells = [f"{error:.5f}" for error in errors]
        body.append([name, *cells, f"{base / sum(errors):.2f}", str(first.numbers), str(first.steps)])
    return rows(head, body)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__)
    names = [variant.name for variant in VARIANTS[1:]]
    parser.add_argument("data", type=Path, help="folder of zoetrope prepare")
    parser.add_argument(
        "--recipe", default="studies/dictionary/short.toml", help="name of a recipe or a .toml file"
    )
    parser.add_argument("--seconds", type=float, default=600, help="training time of each variant")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--variant", action="append", choices=names, help="repeat for more (default: all)")
    parser.add_argument("--every", type=int, default=1, help="use every n-th creature")
    return parser


def main() -> None:
    """Write the table into the block of the recipe."""
    options = build_parser().parse_args()
    recipe = load_recipe(options.recipe)
    data = load_prepared(options.data, motion=False, every=options.every)
    chosen = [v for v in VARIANTS if not options.variant or v.name in (LATENT_ONLY, *options.variant)]
    seeds = [ablate(recipe, data, options.seconds, seed, chosen) for seed in range(options.seeds)]
    text = [
        f"Recipe {recipe.name}, {len(data.bodies)} bodies of {len(data.creatures)} creatures, "
        f"{options.seconds:g} seconds a variant including pre-training. Error: mean |error| of the distance "
        f"at held-out samples within {NEAR:g} of the surface, box units.",
        "",
        *table(seeds),
    ]
    write_results(options.out, f"ablation {recipe.name}", text)


if __name__ == "__main__":
    run(main)
