"""Are training tokens ready for the diffusions: structured codes, whole bodies between training bodies?

python -m studies.training_fit.gates --weights weights --out studies/training_fit
"""

import argparse
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from zoetrope.diffusion.shape_model import split_shape_tokens
from zoetrope.engines.decoding.surface import compose_shape_field, extract_uncleaned
from zoetrope.engines.weights.bundle import Bundle, load_bundle
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.protocols.quality_checks import MIN_LARGEST_SHARE, largest_share
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.training.data.training_tokens import TrainingTokens, load_tokens, tokens_path

from studies.command_line import run, study_parser
from studies.page import write_results

NOISE = 0.1
"""Standard deviations added to every token."""
MAX_RATIO = 0.7
"""Gate of the within/between ratio."""
MIN_WHOLE = 0.9
"""Gate of the share of one-piece bodies."""


def labels_of(names: np.ndarray) -> Tensor:
    """Return the same number (N,) for the same name (N,)."""
    return torch.from_numpy(np.unique(names, return_inverse=True)[1].ravel())


def sample_pairs(categories: Tensor, count: int, seed: int = 0) -> Iterator[tuple[int, int]]:
    """Sample pairs of bodies of the same category (N,), which at least two bodies have."""
    rng = np.random.default_rng(seed)
    while count:
        first = int(rng.integers(len(categories)))
        others = categories == categories[first]
        others[first] = False
        if others.any():
            yield first, int(rng.choice(others.nonzero().flatten().numpy()))
            count -= 1


def are_whole(bundle: Bundle, tokens: Tensor, detail: int) -> list[bool]:
    """Return whether each of tokens (B, S) decodes to one connected part with nearly all of the volume."""
    whole = []
    for one in tokens:
        try:
            surface = extract_uncleaned(bundle, compose_shape_field(bundle, one[None]), detail)
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
def whole_bodies(
    bundle: Bundle, tokens: Tensor, categories: Tensor, count: int, detail: int
) -> dict[str, list[bool]]:
    """Return which training, interpolated and perturbed bodies (N, S) of categories (N,) are whole."""
    first, second = torch.tensor(list(sample_pairs(categories, count))).T
    noise = torch.randn(tokens[first].shape, generator=torch.Generator().manual_seed(0)) * tokens.std(0)
    cases = {
        "training bodies": tokens[first],
        "half-way to another creature of the category": 0.5 * (tokens[first] + tokens[second]),
        f"with noise of {NOISE:g} standard deviations": tokens[first] + NOISE * noise,
    }
    return {name: are_whole(bundle, each, detail) for name, each in cases.items()}


def token_structure(bundle: Bundle, tokens: TrainingTokens, labelled: np.ndarray) -> dict[str, float]:
    """Return the within/between ratio of each part of the tokens; bodies are grouped where labelled (N,)."""
    shape, category = torch.from_numpy(tokens.shape[labelled]), labels_of(tokens.shape_category[labelled])
    latents, codes = split_shape_tokens(
        shape, bundle.shape_field.config.latent, bundle.shape_dictionary.config.code
    )
    ratios = {
        "shape latents, by category": within_between_ratio(latents, category),
        "shape codes, by category": within_between_ratio(codes.flatten(1), category),
    }
    motion, config = torch.from_numpy(tokens.motion), bundle.motion_model.config
    if config.clip_codes:
        creature = labels_of(tokens.motion_creature)
        ratios["motion codes, by creature"] = within_between_ratio(motion[:, 0, config.codes], creature)
    else:
        ratios["motion codes, by clip"] = _ratio_by_clip(motion[:, ::4, config.codes])
    ratios["motion latents, by clip"] = _ratio_by_clip(motion[:, ::8, config.latents])
    return ratios


def _ratio_by_clip(values: Tensor) -> float:
    """Return the ratio of values (C, T, D) grouped by clip."""
    clips = torch.arange(len(values)).repeat_interleave(values.shape[1])
    return within_between_ratio(values.flatten(0, 1), clips)


def gate_of(name: str) -> str:
    """Return the gate of a ratio; categories have none, a creature may resemble one of another category."""
    return "–" if name.endswith("category") else f"at most {MAX_RATIO:g}"


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "weights", "detail", detail=96)
    parser.add_argument("--count", type=int, default=100, help="bodies, and pairs of bodies")
    return parser


def main() -> None:
    """Write the tables into the block of the weights."""
    options = build_parser().parse_args()
    bundle, tokens = load_bundle(options.weights), load_tokens(tokens_path(options.weights))
    description = bundle.description
    labelled = np.isin(tokens.shape_category, [category.name for category in description.categories])
    bodies, categories = torch.from_numpy(tokens.shape[labelled]), labels_of(tokens.shape_category[labelled])
    whole = whole_bodies(bundle, bodies, categories, options.count, options.detail)
    ratios = token_structure(bundle, tokens, labelled)
    text = [
        f"Weights `{bundle.checksum[:16]}`, {len(bodies)} bodies with a category, {len(tokens.motion)} "
        f"clips. A body is whole if one connected part holds {100 * MIN_LARGEST_SHARE:g} % of the volume at "
        f"detail {options.detail}, before the clean-up. A ratio of 1 would be noise.",
        "",
        *rows(
            ("bodies", "whole", "gate"),
            [(n, f"{sum(w)} of {len(w)}", f"at least {round(MIN_WHOLE * len(w))}") for n, w in whole.items()],
        ),
        *rows(
            ("distance within a group / between groups", "ratio", "gate"),
            [(name, f"{value:.2f}", gate_of(name)) for name, value in ratios.items()],
        ),
    ]
    write_results(options.out, f"gates {description.name}", text)


if __name__ == "__main__":
    run(main)
