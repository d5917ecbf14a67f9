"""What does the temporal filter do to sampled motion? Samples with and without it, beside training clips.

python -m studies.temporal_filter.measure --seeds 2 --out studies/temporal_filter
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from zoetrope.clips.library import Library
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.evaluation.metrics.point_clouds import FRAMES
from zoetrope.evaluation.protocols.motion_quality import measure
from zoetrope.evaluation.protocols.quality_checks import MIN_DISPLACEMENT
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.evaluation.results.sample_results import clip_quality
from zoetrope.geometry.rigid_alignment import max_displacement

from studies.command_line import run, study_parser
from studies.page import write_results

GROUPS = ("unfiltered", "filtered", "training")


class Measured(NamedTuple):
    """Jerk (diagonals / s³), and displacement after rigid alignment (diagonals)."""

    jerk: float
    displacement: float


def measure_sample(engine: DnfEngine, category: str, action: str, seed: int, detail: int) -> Measured:
    """Measure one sample."""
    clip = engine.generate(
        GenerateRequest(category, action, seed, detail=detail, faces=None, texture=None), ignore_progress
    )
    quality = measure(clip.rest, clip.faces, clip.vertices, clip.fps, clip.cyclic, action)
    displacement = max_displacement(clip.rest.astype(float), clip.vertices.astype(float))
    return Measured(quality.jerk, displacement)


def measure_training_clips(library: Library, category: str, action: str) -> list[Measured]:
    """Measure the training clips of a label."""
    results = []
    for entry in library.creatures("train", (category,)):
        asset = library.read(entry)
        for clip in entry.usable_clips:
            if clip.action == action:
                frames = asset.evaluate(clip.name, np.linspace(*asset.span(clip.name), FRAMES))
                jerk = clip_quality(asset, clip.name, clip.cyclic, action).jerk
                displacement = max_displacement(asset.rest.astype(float), frames.astype(float))
                results.append(Measured(jerk, displacement))
    return results


def row(action: str, groups: Sequence[Sequence[Measured]]) -> list[str]:
    """Return medians of jerk and displacement, and how many clips move too little."""
    cells = [f"{np.median([one.jerk for one in group]):.0f}" for group in groups]
    cells += [f"{100 * np.median([one.displacement for one in group]):.1f}" for group in groups]
    for group in groups:
        still = sum(one.displacement < MIN_DISPLACEMENT for one in group)
        cells.append(f"{still} of {len(group)}")
    return [action, *cells]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "weights", "shared", "detail", "device")
    parser.add_argument("--category", default="quadruped")
    parser.add_argument("--first", type=int, default=100, help="first seed")
    parser.add_argument("--seeds", type=int, default=10, help="seeds an action")
    return parser


def main() -> None:
    """Write the table."""
    options = build_parser().parse_args()
    filtered, unfiltered = (DnfEngine(options.weights, options.device) for _ in range(2))
    unfiltered.description = replace(unfiltered.description, smoothing=None)
    library, detail = Library(options.shared), options.detail
    (category,) = (c for c in filtered.info().categories if c.name == options.category)
    seeds = range(options.first, options.first + options.seeds)
    body = []
    for action in category.actions:
        before, after = (
            [measure_sample(engine, category.name, action, seed, detail) for seed in seeds]
            for engine in (unfiltered, filtered)
        )
        body.append(row(action, (before, after, measure_training_clips(library, category.name, action))))
        print(*body[-1], flush=True)
    titles = ("jerk", "displacement %", f"below {100 * MIN_DISPLACEMENT:.0f} %")
    head = ["action", *(f"{title}, {group}" for title in titles for group in GROUPS)]
    text = [
        f"Weights `{filtered.info().weights_checksum[:16]}`, category {category.name}, seeds {seeds[0]} to "
        f"{seeds[-1]}, detail {detail}; the same samples without and with the filter "
        "(`diffusion/temporal_filter.py`), and the training clips. Medians; jerk in diagonals / s³, "
        "displacement after rigid alignment in percent of the diagonal.",
        "",
        *rows(head, body),
    ]
    write_results(options.out, "measure", text)


if __name__ == "__main__":
    run(main)
