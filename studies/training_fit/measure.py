"""How well do the fields of weights fit the creatures that they were trained on?

Every creature's own training tokens are decoded, nothing is fitted, and points measured that training did not
see. The result of every creature is stored in `--work`, so that an interrupted run continues.

python -m studies.training_fit.measure --weights weights --shared ../shared --out studies/training_fit
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from zoetrope.clips.library import Library
from zoetrope.engines.weights.bundle import Bundle, load_bundle
from zoetrope.evaluation.metrics.standard_error import mean_with_error
from zoetrope.evaluation.protocols.reconstruction import (
    Mesh,
    Sdf,
    extract_shape,
    score_clip,
    score_shape,
    summarise,
)
from zoetrope.evaluation.protocols.reconstruction_targets import Target, target_of
from zoetrope.evaluation.report.markdown_tables import number, rows
from zoetrope.evaluation.session.output_files import tool_command
from zoetrope.evaluation.session.result_cache import ResultCache
from zoetrope.geometry.field_samples import barycentric_points, sample_surface
from zoetrope.geometry.ground_contact import FOUR_LEGGED_CATEGORIES, count_legs
from zoetrope.geometry.signed_distance import MIN_THICKNESS, find_thin_faces, signed_distance
from zoetrope.training.data.training_tokens import load_tokens, tokens_path

from studies.command_line import run, study_parser
from studies.page import write_results
from studies.training_fit.trained_creatures import TrainedCreature, by_category, trained_creatures

SAMPLES = 10_000
"""Signed distances of each creature, and points on its surface."""
PROBES = 20_000
"""Of the volume, in which thin parts are thickened."""
NEAR = 0.05
"""Box units within which the field is compared with the true distance."""
WORST = 8
"""Creatures with the largest surface error that are named."""
CLOSED = "closed meshes"
Columns = dict[str, tuple[str, float, int]]
"""Metric -> title, scale, digits."""
COLUMNS: Columns = {
    "completeness": ("true to reconstruction", 1, 4),
    "accuracy": ("reconstruction to true", 1, 4),
    "iou": ("IoU, %", 100, 1),
    "normals": ("normals", 1, 3),
    "normals_limit": ("normals, true to itself", 1, 3),
}
TRAINED_COLUMNS: Columns = {
    "trained_back": ("reconstruction to true", 1, 4),
    "trained_iou": ("IoU, %", 100, 1),
    "on_surface": ("field on the true surface", 1, 5),
    "near": ("field near it", 1, 5),
}
"""Against the body as training has it: parts that are too thin for the grid are thickened."""
CLIP_COLUMNS = {"motion_mean": "mean", "motion_p95": "95th percentile"}


def score_trained(target: Target, mesh: Mesh, sdf: Sdf) -> dict[str, float]:
    """Compare a reconstruction with the body as training has it: `TRAINED_COLUMNS`."""
    solid, thin, rng = target.solid, find_thin_faces(target.solid), np.random.default_rng(0)
    low, high = solid.vertices.min(axis=0) - 0.02, solid.vertices.max(axis=0) + 0.02
    probes = rng.uniform(low, high, (PROBES, 3))
    inside = solid.winding_number(probes) > 0.5
    inside[~inside] = thin.distance(probes[~inside]) < 0
    predicted = sdf(probes) < 0
    surface = barycentric_points(*mesh, *sample_surface(*mesh, SAMPLES, rng))
    true = target.samples.distance
    near = np.abs(true) < NEAR
    return {
        "trained_back": float(np.abs(signed_distance(solid, surface, thin)[0]).mean()),
        "trained_iou": float((inside & predicted).sum() / max(1, (inside | predicted).sum())),
        "on_surface": float(np.abs(sdf(target.samples.surface[:SAMPLES])).mean()),
        "near": float(np.abs(sdf(target.samples.points[near]) - true[near]).mean()),
    }


def normals_of_itself(true: Mesh) -> float:
    """Return `ShapeScore.normals` of two samplings of one surface, which a perfect reconstruction has too."""

    def nowhere(points: np.ndarray) -> np.ndarray:
        return np.zeros(len(points))

    return score_shape(true, true, nowhere, nowhere).normals


@torch.inference_mode()
def fit_of(
    bundle: Bundle, library: Library, creature: TrainedCreature, clips: int, detail: int
) -> dict[str, Any]:
    """Measure a creature's training tokens.

    Returns
    -------
    dict
        As `reconstruction.reconstruct`; "shape" has `score_trained` and "normals_limit" too.
    """
    asset = library.read(creature.entry)
    target = target_of(creature.entry.file, asset, creature.choose_clips(clips), samples=SAMPLES)
    true = target.solid.vertices, target.solid.outer
    mesh, sdf = extract_shape(bundle, creature.shape, detail)
    score = score_shape(true, mesh, target.solid.winding_number, sdf)
    limit = {"normals_limit": normals_of_itself(true)}
    return {
        "shape": asdict(score) | limit | score_trained(target, mesh, sdf),
        "legs": [count_legs(*true), count_legs(*mesh)],
        "clips": {
            clip.name: score_clip(
                bundle, creature.shape, _field_tokens(bundle, creature, clip.name), target, clip
            )
            for clip in target.clips
        },
    }


def _field_tokens(bundle: Bundle, creature: TrainedCreature, clip: str) -> Tensor:
    """Return latents and codes of a clip (T, Z + L C), without the rigid transform and the speed."""
    return creature.motion[clip][:, : bundle.motion_model.config.codes.stop]


def tables(groups: dict[str, dict[str, dict[str, Any]]], four_legged: Sequence[str]) -> list[str]:
    """Print a row a group: name -> creature -> `fit_of`."""
    surfaces, trained, motions = [], [], []
    for group, fits in groups.items():
        one = summarise(fits)
        for metric in ("normals_limit", *TRAINED_COLUMNS):
            one[metric] = mean_with_error([fit["shape"][metric] for fit in fits.values()], list(fits))
        surfaces.append((group, str(len(fits)), *_cells(one, COLUMNS)))
        trained.append((group, *_cells(one, TRAINED_COLUMNS)))
        motions.append((group, str(one["clips"]), *(number(one.get(m), 1, 4) for m in CLIP_COLUMNS)))
    everyone = groups["all"]
    worst = sorted(everyone, key=lambda file: -everyone[file]["shape"]["trained_back"])[:WORST]
    named = ", ".join(f"{file} {everyone[file]['shape']['trained_back']:.4f}" for file in worst)
    legs = summarise(everyone, four_legged).get("legs", {"of": 0, "lost": []})
    lost = f"; not: {', '.join(legs['lost'])}" if legs["lost"] else ""
    return [
        *rows(("surface of the file, box units", "creatures", *_titles(COLUMNS)), surfaces),
        *rows(("body as trained, box units", *_titles(TRAINED_COLUMNS)), trained),
        *rows(("end-point error, box units", "clips", *CLIP_COLUMNS.values()), motions),
        f"On as many legs as the true body (four at most): {legs['of'] - len(legs['lost'])} of {legs['of']} "
        f"four-legged creatures{lost}.",
        "",
        f"Largest distances of the reconstruction to the body as trained: {named}.",
    ]


def _titles(columns: Columns) -> list[str]:
    return [title for title, _, _ in columns.values()]


def _cells(summary: dict[str, Any], columns: Columns) -> list[str]:
    return [number(summary[metric], scale, digits) for metric, (_, scale, digits) in columns.items()]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "weights", "shared", "detail", detail=128)
    parser.add_argument("--creatures", type=int, default=0, help="so many, evenly over all (default: all)")
    parser.add_argument("--clips", type=int, default=2, help="so many of each creature, always the same ones")
    parser.add_argument("--work", type=Path, default=Path("runs/training_fit"), help="stores the results")
    return parser


def main() -> None:
    """Write the tables."""
    options = build_parser().parse_args()
    bundle, library = load_bundle(options.weights), Library(options.shared)
    tokens = load_tokens(tokens_path(options.weights))
    creatures = list(trained_creatures(tokens, library, options.creatures))
    cache = ResultCache(options.work, tool_command())
    fits: dict[str, dict[str, Any]] = {}
    for creature in creatures:
        file = creature.entry.file
        part = cache.part(
            Path(file).stem,
            {
                "weights": bundle.checksum,
                "clips": creature.choose_clips(options.clips),
                "detail": options.detail,
            },
            partial(fit_of, bundle, library, creature, options.clips, options.detail),
        )
        fits[file] = part["result"]
        print(f"{len(fits)} of {len(creatures)}: {file}", file=sys.stderr, flush=True)
    files = by_category(list(fits), library)
    files[CLOSED] = [c.entry.file for c in creatures if not c.has_open_mesh]
    groups = {name: {file: fits[file] for file in group} for name, group in files.items() if group}
    four_legged = [c.entry.file for c in creatures if c.entry.category in FOUR_LEGGED_CATEGORIES]
    text = [
        f"Weights `{bundle.checksum[:16]}`, {len(creatures)} of {len(tokens.shape)} training creatures, "
        f"detail {options.detail}, clips a creature: {options.clips or 'all'}; ± is one standard error over "
        f"creatures. The body as trained has its thin parts thickened to {MIN_THICKNESS:g}; *field*: mean "
        f"error of the signed distance, on its surface and within {NEAR:g} of it. Volumes of open meshes "
        "come from the winding number after hole filling, as in training, and can be wrong; the row "
        "*closed meshes* is without them.",
        "",
        *tables(groups, four_legged),
    ]
    write_results(options.out, "measure", text)


if __name__ == "__main__":
    run(main)
