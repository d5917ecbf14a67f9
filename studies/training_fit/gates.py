"""Are the tokens of a run ready for the diffusions: structured codes, whole bodies between training bodies?

python -m studies.training_fit.gates RECIPE DATA RUN --out studies/training_fit
"""

import argparse
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.protocols.clean_bodies import MIN_LARGEST_SHARE, largest_share
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.training.export.weights import gradient_bound
from zoetrope.training.recipe import Recipe, load_recipe
from zoetrope.training.stages.tokens import shape_tokens_of

from studies.command_line import add_run, run, study_parser
from studies.page import write_results
from studies.training_fit.trained_run import TrainedRun, load_run, signed_distance_of

NOISE = 0.1
"""Standard deviations added to every token."""
MAX_RATIO = 0.7
"""Gate of the within/between ratio."""
MIN_WHOLE = 0.9
"""Gate of the share of one-piece bodies."""


def sample_pairs(categories: Tensor, count: int, seed: int = 0) -> Iterator[tuple[int, int]]:
    """Sample pairs of bodies of the same category (N,)."""
    rng = np.random.default_rng(seed)
    while count:
        first = int(rng.integers(len(categories)))
        others = categories == categories[first]
        others[first] = False
        if categories[first] and others.any():
            yield first, int(rng.choice(others.nonzero().flatten().numpy()))
            count -= 1


def are_whole(trained: TrainedRun, tokens: Tensor, bound: float, detail: int) -> list[bool]:
    """Return whether each of tokens (B, S) decodes to one connected part with nearly all of the volume."""
    whole = []
    for one in tokens:
        try:
            sdf = signed_distance_of(trained.field, trained.dictionary, one[None])
            surface = extract_surface(sdf, detail, gradient_bound=bound)
        except ZoetropeError:
            whole.append(False)
            continue
        whole.append(largest_share(surface.vertices, surface.faces) >= MIN_LARGEST_SHARE)
    return whole


def within_between_ratio(codes: Tensor, groups: Tensor) -> float:
    """Return the mean distance of codes (N, D) within groups (N,) over that between groups; 1 is noise."""
    distance = torch.cdist(codes, codes)
    same = groups[:, None] == groups[None]
    other = ~torch.eye(len(codes), dtype=torch.bool)
    return float(distance[same & other].mean() / distance[~same].mean())


@torch.inference_mode()
def whole_bodies(trained: TrainedRun, tokens: Tensor, count: int, detail: int) -> dict[str, list[bool]]:
    """Return which training, interpolated and perturbed bodies are whole."""
    data = trained.data
    first, second = torch.tensor(list(sample_pairs(data.category_of_body, count))).T
    noise = torch.randn(tokens[first].shape, generator=torch.Generator().manual_seed(0)) * tokens.std(0)
    with torch.inference_mode(False):
        bound = gradient_bound(data, trained.field, trained.dictionary, tokens)
    cases = {
        "training bodies": tokens[first],
        "half-way to another creature of the category": 0.5 * (tokens[first] + tokens[second]),
        f"with noise of {NOISE:g} standard deviations": tokens[first] + NOISE * noise,
    }
    return {name: are_whole(trained, each, bound, detail) for name, each in cases.items()}


@torch.inference_mode()
def token_structure(recipe: Recipe, trained: TrainedRun, tokens: Tensor) -> dict[str, float]:
    """Return the within/between ratio of each part of the tokens."""
    data = trained.data
    clips = torch.arange(len(data.clips))
    frames = torch.arange(data.rigid.shape[1]).expand(len(clips), -1)
    codes, latents = trained.motion_codes(clips, frames), trained.motion_latents(clips, frames)
    ratios = {}
    if recipe.clip_codes:
        clip_codes = codes[:, 0].flatten(1)
        ratios["motion codes, by creature"] = within_between_ratio(clip_codes, data.creature_of_clip)
    else:
        ratios["motion codes, by clip"] = _ratio_by_clip(codes[:, ::4])
    ratios["motion latents, by clip"] = _ratio_by_clip(latents[:, ::8])
    return ratios


def _ratio_by_clip(values: Tensor) -> float:
    """Return the ratio of values (C, T, ...) grouped by clip."""
    clips = torch.arange(len(values)).repeat_interleave(values.shape[1])
    return within_between_ratio(values.flatten(0, 1).flatten(1), clips)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "detail", detail=96)
    add_run(parser)
    parser.add_argument("--count", type=int, default=100, help="bodies, and pairs of bodies")
    return parser


def main() -> None:
    """Write the tables into the block of the recipe."""
    options = build_parser().parse_args()
    recipe = load_recipe(options.recipe)
    trained = load_run(recipe, options.data, options.run, motion=False)
    tokens = shape_tokens_of(trained.latents, trained.codes)
    whole = whole_bodies(trained, tokens, options.count, options.detail)
    ratios = token_structure(recipe, trained, tokens)
    text = [
        f"Recipe {recipe.name}, {len(trained.data.bodies)} bodies, {len(trained.data.clips)} clips. A body "
        f"is whole if one connected part holds {100 * MIN_LARGEST_SHARE:g} % of the volume at detail "
        f"{options.detail}, before the clean-up. A ratio of 1 would be noise.",
        "",
        *rows(
            ("bodies", "whole", "gate"),
            [(n, f"{sum(w)} of {len(w)}", f"at least {round(MIN_WHOLE * len(w))}") for n, w in whole.items()],
        ),
        *rows(
            ("distance within a group / between groups", "ratio", "gate"),
            [(name, f"{value:.2f}", f"at most {MAX_RATIO:g}") for name, value in ratios.items()],
        ),
    ]
    write_results(options.out, f"gates {recipe.name}", text)


if __name__ == "__main__":
    run(main)
