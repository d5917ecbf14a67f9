"""What the extraction of an occupancy field misses by starting from a coarse grid, and what it saves.

`python benchmarks/occupancy_extraction.py --weights weights/hyperdiffusion [--page docs/benchmarks.md]`

A logit is no distance, so nothing between the points of a coarse grid can be excluded: thin parts may fall
between them. The same frames are extracted from coarser and coarser first grids and from the dense one.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from measuring import fill, markdown, save
from zoetrope.engines import create_engine
from zoetrope.engines.hyperdiffusion.decoding import decode_surface
from zoetrope.engines.hyperdiffusion.engine import HyperDiffusionEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.evaluation.metrics.surface_distance import to_surface
from zoetrope.fields.occupancy import frame_times
from zoetrope.geometry.isosurface import Surface
from zoetrope.geometry.mesh_properties import component_volumes

DETAIL = 128
BASES = (32, 64)
FRAMES = (0, 5, 10)
FAR = 2.0 / DETAIL
"""Box units: a cell. Vertices of the dense surface further than this from the other one are missed."""


def compare(dense: Surface, seconds: float, other: Surface, other_seconds: float) -> dict[str, float]:
    """Return what another first grid missed of the dense surface, and what it cost."""
    distance = to_surface(dense.vertices, other.vertices, other.faces)
    _, dense_volumes = component_volumes(dense.vertices, dense.faces)
    _, volumes = component_volumes(other.vertices, other.faces)
    total = float(np.abs(dense_volumes).sum())
    return {
        "missed_vertices": float((distance > FAR).mean()),
        "missed_volume": 1.0 - float(np.abs(volumes).sum()) / total,
        "lost_parts": len(dense_volumes) - len(volumes),
        "evaluations": dense.evaluations / other.evaluations,
        "seconds": seconds / other_seconds,
    }


def measure(engine: HyperDiffusionEngine, category: str, seed: int) -> list[dict[str, Any]]:
    """Return a row a frame and first grid."""
    action = engine.info().default_action(category)
    resolved = engine.resolve(GenerateRequest(category, action, seed))
    flat = engine.sample_mlp(resolved, 0, ignore_progress)[0]
    field, found = engine.description.field, []
    for frame in FRAMES:
        at = float(frame_times(engine.description.frames)[frame])
        surfaces, seconds = {}, {}
        for base in (DETAIL, *BASES):
            began = time.perf_counter()
            surfaces[base] = decode_surface(field, flat, at, DETAIL, base)
            seconds[base] = time.perf_counter() - began
        for base in BASES:
            row = compare(surfaces[DETAIL], seconds[DETAIL], surfaces[base], seconds[base])
            found.append({"category": category, "seed": seed, "frame": frame, "base": base, **row})
    return found


def main() -> int:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--seeds", default="0,1")
    parser.add_argument("--page", type=Path)
    options = parser.parse_args()
    engine = create_engine("hyperdiffusion", options.weights, "cpu")
    assert isinstance(engine, HyperDiffusionEngine)
    rows = [
        row
        for category in engine.info().categories
        for seed in map(int, options.seeds.split(","))
        for row in measure(engine, category.name, seed)
    ]
    body = []
    for base in BASES:
        own = [row for row in rows if row["base"] == base]
        mean = {
            name: float(np.mean([row[name] for row in own])) for name in own[0] if name not in ("category",)
        }
        body.append(
            (
                str(base),
                str(len(own)),
                f"{100 * mean['missed_vertices']:.2f} %",
                f"{100 * max(row['missed_vertices'] for row in own):.1f} %",
                f"{100 * mean['missed_volume']:.3f} %",
                f"{mean['lost_parts']:.2f}",
                f"{mean['evaluations']:.1f}",
                f"{mean['seconds']:.1f}",
            )
        )
    head = ("first grid", "frames", "missed vertices", "worst", "missed volume", "lost parts a frame")
    table = markdown((*head, "times fewer evaluations", "times faster"), body)
    checksum = engine.info().weights_checksum[:16]
    text = f"Weights `{checksum}`, detail {DETAIL}; means over frames, against the dense grid.\n\n{table}"
    print(text)
    save("occupancy_extraction", {"rows": rows, "weights": checksum})
    if options.page:
        fill(options.page, "occupancy extraction", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
