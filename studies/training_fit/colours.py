"""Does the colour field of weights know the regions of its training creatures, small ones too?

python -m studies.training_fit.colours --weights weights --shared ../shared --out studies/training_fit
"""

import argparse
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.library import Library
from zoetrope.engines.weights.bundle import load_bundle
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.fields.colour import ColourField
from zoetrope.fields.colour_regions import REGION_COUNT
from zoetrope.geometry.mesh_properties import face_normals_and_areas
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.geometry.solid import build_solid
from zoetrope.training.data.colour_regions import ColourRegions
from zoetrope.training.data.region_samples import sample_regions
from zoetrope.training.data.training_tokens import load_tokens, tokens_path

from studies.command_line import run, study_parser
from studies.page import write_results
from studies.training_fit.trained_creatures import by_category, trained_creatures

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
def fit_of(field: ColourField, latent: Tensor, asset: AnimatedAsset) -> ColourFit:
    """Compare the field with a creature's own colours; latent (1, Z)."""
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


def has_colours(asset: AnimatedAsset) -> bool:
    """Return whether a creature has more than one colour; training leaves out the others."""
    return len(np.unique(np.round(255 * asset.face_colours), axis=0)) > 1


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    return study_parser(__doc__, "weights", "shared")


def main() -> None:
    """Write the table."""
    options = build_parser().parse_args()
    bundle, library = load_bundle(options.weights), Library(options.shared)
    if bundle.colours is None:
        raise ZoetropeError(f"The weights in {options.weights} have no colour field.", code="bad_option")
    field, fits = bundle.colours.field, {}
    for creature in trained_creatures(load_tokens(tokens_path(options.weights)), library):
        asset = library.read(creature.entry)
        if has_colours(asset):
            latent = creature.shape[:, : field.config.shape_latent]
            fits[creature.entry.file] = fit_of(field, latent, asset)
    groups = by_category(list(fits), library)
    table = [(name, str(len(files)), *_cells([fits[f] for f in files])) for name, files in groups.items()]
    head = ("category", "creatures", "small regions", "right", "other regions right", "mean error, sRGB")
    text = [
        f"Weights `{bundle.checksum[:16]}`: {POINTS:,} new samples a creature. Right: share of a region's "
        f"samples that the field assigns to it. Small regions have less than {100 * SMALL:g} % of the area.",
        "",
        *rows(head, table),
    ]
    write_results(options.out, "colours", text)


def _cells(fits: list[ColourFit]) -> tuple[str, str, str, str]:
    share, right = np.concatenate([f.share for f in fits]), np.concatenate([f.right for f in fits])
    small, large = (share > 0) & (share < SMALL), share >= SMALL
    small_right = f"{100 * right[small].mean():.1f} %" if small.any() else "-"
    error = np.mean([f.error for f in fits])
    return str(int(small.sum())), small_right, f"{100 * right[large].mean():.1f} %", f"{error:.4f}"


if __name__ == "__main__":
    run(main)
