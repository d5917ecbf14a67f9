"""What must hold before a diffusion is trained: codes with structure, whole bodies between the known ones.

`python -m studies.training_fit.gates RECIPE DATA RUN --out studies/training_fit`
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.protocols.clean_bodies import LEAST_SHARE, largest_share
from zoetrope.evaluation.report.page_files import save_page
from zoetrope.evaluation.report.tables import rows
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.training.export.weights import gradient_bound
from zoetrope.training.recipe import load_recipe
from zoetrope.training.stages.tokens import shape_tokens

from studies.command_line import add_run, page_parser
from studies.training_fit.training_fit import Trained, distance_of, trained

PAGE = "README.md"
NOISE = 0.1
"""Deviations of every token."""
STRUCTURE, WHOLE = 0.7, 0.9
"""Most that within/between may be; least share of whole bodies."""


def pairs(categories: Tensor, creatures: Tensor, count: int, seed: int = 0) -> Iterator[tuple[int, int]]:
    """Bodies (N,) two by two, of one category and of two creatures."""
    rng = np.random.default_rng(seed)
    while count:
        first = int(rng.integers(len(categories)))
        others = (categories == categories[first]) & (creatures != creatures[first])
        if categories[first] and others.any():
            yield first, int(rng.choice(others.nonzero().flatten().numpy()))
            count -= 1


def whole(run: Trained, tokens: Tensor, bound: float, detail: int) -> list[bool]:
    """Whether each of tokens (B, S) decodes to one body: a part of nearly all of the volume."""
    found = []
    for one in tokens:
        try:
            sdf = distance_of(run.field, run.dictionary, one[None])
            surface = extract_surface(sdf, detail, gradient_bound=bound)
        except ZoetropeError:
            found.append(False)
            continue
        found.append(largest_share(surface.vertices, surface.faces) >= LEAST_SHARE)
    return found


def within_between(codes: Tensor, groups: Tensor) -> float:
    """Mean distance of codes (N, D) inside a group over that between groups (N,): 1 is noise."""
    distance = torch.cdist(codes, codes)
    same = groups[:, None] == groups[None]
    other = ~torch.eye(len(codes), dtype=torch.bool)
    return float(distance[same & other].mean() / distance[~same].mean())


def main() -> None:
    """Print the table and write it as a page."""
    parser = page_parser(__doc__, PAGE, "detail", detail=96)
    add_run(parser)
    parser.add_argument("--count", type=int, default=100, help="pairs and bodies")
    given = parser.parse_args()
    recipe = load_recipe(given.recipe)
    run = trained(recipe, given.data, given.run, offsets=False)
    tokens = shape_tokens(run.latents, run.codes, recipe.latent_only)
    bound = gradient_bound(run.data, run.field, run.dictionary, tokens)
    chosen = list(pairs(run.data.category_of_body, run.data.creature_of_body, given.count))
    first, second = torch.tensor(chosen).T
    noise = torch.randn(tokens[first].shape, generator=torch.Generator().manual_seed(0)) * tokens.std(0)
    with torch.inference_mode():
        shares = {
            "the known bodies themselves": whole(run, tokens[first], bound, given.detail),
            "half-way to another creature of the category": whole(
                run, 0.5 * (tokens[first] + tokens[second]), bound, given.detail
            ),
            f"with noise of {NOISE:g} deviations": whole(
                run, tokens[first] + NOISE * noise, bound, given.detail
            ),
        }
    own = recipe.shape_field.latent
    structure = {
        "shape latents": within_between(tokens[:, :own], run.data.creature_of_body),
        "shape codes": within_between(tokens[:, own:], run.data.creature_of_body),
    }
    frames = torch.arange(run.data.rigid.shape[1])[None].expand(len(run.data.clips), -1)
    clips = torch.arange(len(run.data.clips))
    with torch.inference_mode():
        codes, latents = run.motion_codes(clips, frames), run.motion_latents(clips, frames)
    if recipe.clip_codes:
        structure["motion codes, by creature"] = within_between(codes[:, 0].flatten(1), run.data.creature_of_clip)
    else:
        structure["motion codes, by clip"] = within_between(
            codes[:, ::4].flatten(0, 1).flatten(1), clips.repeat_interleave(codes[:, ::4].shape[1])
        )
    structure["motion latents, by clip"] = within_between(
        latents[:, ::8].flatten(0, 1), clips.repeat_interleave(latents[:, ::8].shape[1])
    )
    lines = rows(
        ("bodies", "whole", "gate"),
        [(n, f"{sum(s)} of {len(s)}", f"{round(WHOLE * len(s))}") for n, s in shares.items()],
    )
    lines += rows(
        ("distance within a group / between groups", "", "gate"),
        [(name, f"{value:.2f}", f"{STRUCTURE:g}") for name, value in structure.items()],
    )
    text = [
        f"Recipe {recipe.name}, {len(run.data.bodies)} bodies, {len(run.data.clips)} clips. A body is whole "
        f"where one connected part of what is extracted at detail {given.detail}, nothing cleaned, holds "
        f"{100 * LEAST_SHARE:g} % of the volume. Bodies are grouped by creature; 1 would be noise.",
        "",
        *lines,
    ]
    save_page(given.out / PAGE, "Gates before the diffusions", text)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
