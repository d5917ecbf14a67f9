"""Which guidance gives clean bodies that are still new? Asked of seeds that no report is made with.

`python -m zoetrope.evaluation.guidance --weights weights --shape 1 1.5 2 3`
"""

import argparse
import dataclasses
import logging
import sys
from pathlib import Path

import numpy as np
from scipy.spatial import KDTree

from zoetrope.clips.library import find_shared
from zoetrope.engines.dnf import DnfEngine
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.distances import canonical, chamfer, sample_surface
from zoetrope.evaluation.first_sixteen import Row, draw, training_creatures

log = logging.getLogger(__name__)

FIRST, COUNT = 100, 48


def variety(rows: list[Row]) -> float:
    """Median Chamfer distance between the drawn bodies, box units."""
    drawn = [row.sequence for row in rows if row.sequence is not None]
    trees = [KDTree(sample_surface(canonical(s.rest), s.faces, 2048)) for s in drawn]
    pairs = [chamfer(a, b) for i, a in enumerate(trees) for b in trees[:i]]
    return float(np.median(pairs)) if pairs else 0.0


def main() -> int:
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
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    try:
        engine = DnfEngine(options.weights, options.device)
        categories = tuple(category.name for category in engine.description.categories)
        known = training_creatures(options.shared, categories) if options.shared else None
        sys.stdout.write(
            "| shape guidance | motion guidance | clean | parts | legs | displacement | stretch | closing "
            "| nearest training creature | variety |\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
        )
        for shape in options.shape:
            for motion in options.motion or [engine.description.motion_guidance]:
                engine.description = dataclasses.replace(
                    engine.description, shape_guidance=shape, motion_guidance=motion
                )
                seeds = range(options.first, options.first + options.count)
                rows = draw(engine, options.detail, known, seeds=seeds)
                sys.stdout.write(line(shape, motion, rows) + "\n")
                sys.stdout.flush()
    except ZoetropeError as error:
        log.error("%s", error)
        return 1
    return 0


def line(shape: float, motion: float, rows: list[Row]) -> str:
    """One row of the table: how many clear each bar, novelty and variety."""
    passes = [row.body.passes for row in rows if row.body is not None]
    bars = ("largest_share", "legs", "displacement", "stretch", "closing")
    counts = [sum(row.clean for row in rows), *(sum(p[bar] for p in passes) for bar in bars)]
    near = [row.nearest.distance for row in rows if row.nearest]
    cells = [f"{shape:g}", f"{motion:g}", *(f"{count} of {len(rows)}" for count in counts)]
    cells += [f"{np.median(near):.4f}" if near else "", f"{variety(rows):.4f}"]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
