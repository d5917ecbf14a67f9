"""Which guidance gives clean bodies that are still new? ResolvedRequest of seeds that no report is made with.

`python -m studies.guidance.choose_scale --weights weights --shape 1 1.5 2 3`
"""

import argparse
import dataclasses
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import KDTree
from zoetrope.clips.library import Library, find_shared
from zoetrope.engines.dnf import DnfEngine
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.metrics.point_clouds import POINTS
from zoetrope.evaluation.metrics.surface_distance import canonical, chamfer, sample_surface
from zoetrope.evaluation.protocols.novelty import Shapes, nearest_shapes, real_shapes
from zoetrope.evaluation.protocols.session import silent
from zoetrope.evaluation.protocols.trained_on import trained_on
from zoetrope.evaluation.report.gallery import Exhibit, exhibits
from zoetrope.evaluation.report.tables import rows

log = logging.getLogger(__name__)

FIRST, COUNT = 100, 48
BARS = ("largest_share", "legs", "displacement", "stretch", "closing")
HEAD = ("shape guidance", "motion guidance", "clean", *BARS, "nearest training creature", "variety")


def training_creatures(shared: Path, training: Mapping[str, Any]) -> Shapes:
    """Rest poses of the creatures that weights, by their description, were trained on."""
    library = Library(shared)
    return real_shapes((entry.file, library.read(entry)) for entry in trained_on(library, training))


def variety(bodies: np.ndarray, labels: Sequence[str]) -> float:
    """Median Chamfer distance, box units, between bodies (N, P, 3) of one label."""
    trees = [KDTree(points) for points in bodies]
    pairs = [(i, j) for i in range(len(trees)) for j in range(i) if labels[i] == labels[j]]
    return float(np.median([chamfer(trees[i], trees[j]) for i, j in pairs])) if pairs else 0.0


def line(shape: float, motion: float, shown: Sequence[Exhibit], known: Shapes | None) -> list[str]:
    """One row of the table: how many clear each bar, novelty and variety."""
    cells = [f"{shape:g}", f"{motion:g}", f"{sum(not one.failed for one in shown)} of {len(shown)}"]
    for bar in BARS:
        asked = [
            passes[bar]
            for one in shown
            if one.body and bar in (passes := one.body.resolve_request(one.category))
        ]
        cells.append(f"{sum(asked)} of {len(asked)}")
    drawn = [(one.sequence, one.category) for one in shown if one.sequence]
    if not drawn:
        return [*cells, "", ""]
    bodies = np.stack([sample_surface(canonical(s.rest), s.faces, POINTS, 1) for s, _ in drawn])
    near = f"{np.median(nearest_shapes(bodies, known, 1)[0]):.4f}" if known else ""
    return [*cells, near, f"{variety(bodies, [category for _, category in drawn]):.4f}"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a row for each guidance."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--weights", type=Path, default=Path("weights"), help="folder of the weights")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--shape", type=float, nargs="+", default=[1, 1.5, 2, 3], help="shape guidances")
    parser.add_argument(
        "--motion", type=float, nargs="+", help="motion guidances; the weights' own if not given"
    )
    parser.add_argument("--first", type=int, default=FIRST, help="first seed")
    parser.add_argument("--count", type=int, default=COUNT, help="seeds")
    parser.add_argument(
        "--detail", type=int, default=128, help="cells along a side of the box; coarse grids lose thin legs"
    )
    parser.add_argument("--shared", type=Path, default=find_shared(), help="folder of the training data")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    try:
        engine = DnfEngine(options.weights, options.device)
        known = training_creatures(options.shared, engine.description.training) if options.shared else None
        sys.stdout.write("\n".join(rows(HEAD, [])[:2]).replace("_", " ") + "\n")
        for shape in options.shape:
            for motion in options.motion or [engine.description.motion_guidance]:
                engine.description = dataclasses.replace(
                    engine.description, shape_guidance=shape, motion_guidance=motion
                )
                shown = exhibits(engine, options.detail, silent, options.count, options.first)
                sys.stdout.write(f"| {' | '.join(line(shape, motion, shown, known))} |\n")
                sys.stdout.flush()
    except ZoetropeError as error:
        log.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
