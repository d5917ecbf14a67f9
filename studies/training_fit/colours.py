"""Does the colour field of a run know the regions of its training creatures, small ones too?

python -m studies.training_fit.colours RECIPE DATA RUN --shared ../shared --out studies/training_fit
"""

import argparse
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from zoetrope.clips.library import CreatureEntry
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.fields.colour import ColourField
from zoetrope.fields.colour_regions import REGION_COUNT
from zoetrope.geometry.mesh_properties import face_normals_and_areas
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.geometry.solid import build_solid
from zoetrope.training.data.colour_regions import ColourRegions
from zoetrope.training.data.prepared_samples import load_prepared
from zoetrope.training.data.region_samples import sample_regions
from zoetrope.training.data.sources import SharedSource
from zoetrope.training.recipe import load_recipe
from zoetrope.training.stages.colour_field import train_colour_field
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.shape_pretraining import pretrain_shape
from zoetrope.training.stages.tokens import shape_latents_of

from studies.command_line import add_run, run, study_parser
from studies.page import write_results

POINTS = 6000
"""New samples of each creature, which no training saw."""
SMALL = 0.01
"""Share of the area below which a region is small."""


@dataclass(frozen=True)
class ColourFit:
    """Of one creature.

    share : (K,) of the surface that belongs to each region.
    right : (K,) share of each region's samples that are assigned to it; nan without samples.
    error : mean distance of sRGB colours over the surface.
    """

    share: np.ndarray
    right: np.ndarray
    error: float


@torch.inference_mode()
def fit_of(field: ColourField, latent: Tensor, source: SharedSource, entry: CreatureEntry) -> ColourFit:
    """Compare the field with a creature's own colours; latent (1, Z)."""
    asset = source.read(entry)
    rest = normalising_box(asset.rest).to_box(asset.rest)
    regions = ColourRegions.of(asset.face_colours, face_normals_and_areas(rest, asset.faces)[1])
    rng = np.random.default_rng(1)
    solid = build_solid(rest, asset.faces)
    points, true = sample_regions(solid, rest, asset.faces, regions.face_region, POINTS, rng)
    logits = field.logits(torch.from_numpy(points.astype(np.float32))[None], latent)[0]
    found, palette = logits.argmax(dim=-1).numpy(), regions.palette
    colours = logits.softmax(dim=-1).numpy() @ palette
    error = np.linalg.norm(colours - palette[true], axis=1)
    count = np.bincount(true, minlength=REGION_COUNT)
    # Regions are sampled in proportion to the root of their area.
    share = count.astype(float) ** 2 / float((count.astype(float) ** 2).sum())
    hits = np.bincount(true, found == true, minlength=REGION_COUNT)
    with np.errstate(invalid="ignore"):
        right, mean = hits / count, np.bincount(true, error, minlength=REGION_COUNT) / count
    return ColourFit(share, right, float(np.nansum(share * mean)))


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "shared")
    add_run(parser)
    return parser


def main() -> None:
    """Write the table into the block of the recipe."""
    options = build_parser().parse_args()
    recipe = load_recipe(options.recipe)
    if recipe.palette is None:
        raise SystemExit(f"The recipe {recipe.name} has no colour field.")
    data = load_prepared(options.data, motion=False)
    context = StageContext(data, options.run, recipe.seed)
    latents = shape_latents_of(pretrain_shape(recipe, context)[1])
    field = train_colour_field(recipe.palette, context, latents)
    source = SharedSource(options.shared)
    entries = {entry.file: entry for entry in source.creatures(recipe.data)}
    fits: dict[str, list[ColourFit]] = {}
    for i, name in enumerate(data.creatures):
        entry = entries[name]
        if data.coloured[i]:
            fits.setdefault(entry.category, []).append(fit_of(field, latents[i : i + 1], source, entry))
    fits = dict(sorted(fits.items())) | {"all": [fit for group in fits.values() for fit in group]}
    table = [(category, str(len(group)), *_cells(group)) for category, group in fits.items()]
    write_results(
        options.out,
        f"colours {recipe.name}",
        [
            f"Recipe {recipe.name}: {POINTS:,} new samples a creature. Right: share of a region's samples "
            f"that the field assigns to it. Small regions have less than {100 * SMALL:g} % of the area.",
            "",
            *rows(
                (
                    "category",
                    "creatures",
                    "small regions",
                    "right",
                    "other regions right",
                    "mean error, sRGB",
                ),
                table,
            ),
        ],
    )


def _cells(fits: list[ColourFit]) -> tuple[str, str, str, str]:
    share, right = np.concatenate([f.share for f in fits]), np.concatenate([f.right for f in fits])
    small, large = (share > 0) & (share < SMALL), share >= SMALL
    small_right = f"{100 * right[small].mean():.1f} %" if small.any() else "-"
    error = np.mean([f.error for f in fits])
    return str(int(small.sum())), small_right, f"{100 * right[large].mean():.1f} %", f"{error:.4f}"


if __name__ == "__main__":
    run(main)
