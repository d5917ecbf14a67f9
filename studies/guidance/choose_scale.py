"""Which scale of guidance gives bodies that pass the quality checks and are still novel and varied?

The seeds are used by no other report.

python -m studies.guidance.choose_scale --shape 1 1.25 1.5 2 --motion 1 --out studies/guidance
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import KDTree
from zoetrope.clips.library import Library
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.evaluation.metrics.chamfer import chamfer_mean
from zoetrope.evaluation.metrics.point_clouds import POINTS
from zoetrope.evaluation.metrics.surface_distance import sample_surface_points
from zoetrope.evaluation.protocols.leak_check import training_creatures
from zoetrope.evaluation.protocols.novelty import Shapes, nearest_shapes, real_shapes
from zoetrope.evaluation.protocols.quality_checks import CHECKS
from zoetrope.evaluation.report.gallery import Exhibit, exhibits
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.geometry.normalisation import normalising_box

from studies.command_line import run, study_parser
from studies.page import write_results

FIRST, COUNT = 100, 48
HEAD = (
    *("shape guidance", "motion guidance", "pass", *(check.replace("_", " ") for check in CHECKS)),
    *("nearest training creature", "variety"),
)


def training_shapes(shared: Path, training: Mapping[str, Any]) -> Shapes:
    """Return the rest poses of the creatures that weights were trained on."""
    library = Library(shared)
    return real_shapes((entry.file, library.read(entry)) for entry in training_creatures(library, training))


def variety(bodies: np.ndarray, labels: Sequence[str]) -> float:
    """Return the median Chamfer distance, box units, between bodies (N, P, 3) of the same label."""
    trees = [KDTree(points) for points in bodies]
    pairs = [(i, j) for i in range(len(trees)) for j in range(i) if labels[i] == labels[j]]
    return float(np.median([chamfer_mean(trees[i], trees[j]) for i, j in pairs])) if pairs else 0.0


def row(shape: float, motion: float, results: Sequence[Exhibit], training: Shapes) -> list[str]:
    """Return one row: how many samples pass each check, then novelty and variety."""
    cells = [f"{shape:g}", f"{motion:g}", f"{sum(not one.failed for one in results)} of {len(results)}"]
    passes = [one.body.passes_for(one.category) for one in results if one.body]
    for check in CHECKS:
        checked = [each[check] for each in passes if check in each]
        cells.append(f"{sum(checked)} of {len(checked)}")
    samples = [(one.sequence, one.category) for one in results if one.sequence]
    if not samples:
        return [*cells, "", ""]
    bodies = np.stack(
        [
            sample_surface_points(normalising_box(s.rest).to_box(s.rest), s.faces, POINTS, 1)
            for s, _ in samples
        ]
    )
    nearest = np.median(nearest_shapes(bodies, training, 1)[0])
    return [*cells, f"{nearest:.4f}", f"{variety(bodies, [category for _, category in samples]):.4f}"]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "weights", "shared", "detail", "device", detail=128)
    parser.add_argument("--shape", type=float, nargs="+", default=[1, 1.5, 2, 3], help="shape guidances")
    parser.add_argument("--motion", type=float, nargs="+", help="motion guidances (default: the weights')")
    parser.add_argument("--first", type=int, default=FIRST, help="first seed")
    parser.add_argument("--count", type=int, default=COUNT, help="seeds")
    return parser


def main() -> None:
    """Write one row a pair of scales."""
    options = build_parser().parse_args()
    engine = DnfEngine(options.weights, options.device)
    training = training_shapes(options.shared, engine.description.training)
    body = []
    for shape in options.shape:
        for motion in options.motion or [engine.description.motion_guidance]:
            engine.description = replace(engine.description, shape_guidance=shape, motion_guidance=motion)
            results = exhibits(engine, options.detail, ignore_progress, options.count, options.first)
            body.append(row(shape, motion, results, training))
            print(*body[-1], flush=True)
    text = [
        f"Weights `{engine.info().weights_checksum[:16]}`, seeds {options.first} to "
        f"{options.first + options.count - 1} over all categories and actions, detail {options.detail}. Legs "
        "are checked on four-legged categories only. The last two columns are median Chamfer distances in "
        "box units: to the nearest training creature, and between samples of one category.",
        "",
        *rows(HEAD, body),
    ]
    write_results(options.out, "choose_scale", text)


if __name__ == "__main__":
    run(main)
