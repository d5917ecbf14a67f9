"""Motion on bodies with other proportions: distance from the true motion, and seconds.

`python benchmarks/mapped_bodies.py [--per-kind N]` reads the creatures of `../shared`. A creature's file
whose rest pose and joints are mapped gives the true frames. Its root is scaled by the body's height alone,
so that feet may leave the ground; errors are therefore given without ground contact ("carried") and with it
("shown").
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from mapped_asset import apply_body_map
from measuring import RESULTS
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.clips.frame_times import frame_times
from zoetrope.clips.library import CreatureEntry, Library, find_shared
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.engines.weights.folders import find_weights
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.rigs.donors.donor import Donor
from zoetrope.rigs.donors.landmarks import landmarks_of
from zoetrope.rigs.donors.library import load_donors
from zoetrope.rigs.mapped_motion import MappedMotion

SHAPES, FRAMES, CLIPS = 3, 16, 4
FLOATING = "fish"
"""A category without ground contact, for the error before it."""


def measured(library: Library, entry: CreatureEntry, donor: Donor) -> list[dict[str, Any]]:
    """One row for each body shape and clip of a creature, in its donor's box."""
    asset, rows = library.read(entry), []
    box = normalising_box(asset.rest)
    rest, landmarks = box.to_box(asset.rest.astype(np.float64)), landmarks_of(donor)
    for seed in range(SHAPES):
        shape = BodyShape.sample(np.random.default_rng(seed), 1.0, donor.category)
        body_map = shape.map_for(rest, donor.category, landmarks)
        body = apply_body_map(asset, lambda p, m=body_map: box.to_source(m(box.to_box(p))))
        carried = MappedMotion(rest, asset.faces, body_map, FLOATING)
        shown = MappedMotion(rest, asset.faces, body_map, donor.category)
        diagonal = float(np.linalg.norm(np.ptp(shown.rest, axis=0)))
        for clip in entry.usable_clips[:CLIPS]:
            times = frame_times(asset.span(clip.name), FRAMES, clip.cyclic)
            frames, truth = (
                box.to_box(one.evaluate(clip.name, times).astype(np.float64)) for one in (asset, body)
            )
            results = {"carried": carried(frames, clip.cyclic), "shown": shown(frames, clip.cyclic)}
            row = {"creature": donor.name, "category": donor.category, "shape": seed, "clip": clip.name}
            for name, moved in results.items():
                away = np.linalg.norm(moved - truth, axis=-1) / diagonal
                row |= {name: float(away.mean()), f"{name}_p99": float(np.quantile(away, 0.99))}
            rows.append(row)
    return rows


def seconds() -> dict[str, float]:
    """Seconds to factor a body, and to carry 32 frames of it, by the number of vertices."""
    out = {}
    for resolution in (80, 195):
        clip = ProceduralCreature(0).clip(32, resolution)
        body_map = BodyShape(legs=1.3).map_for(clip.rest, "quadruped")
        start = time.process_time()
        motion = MappedMotion(clip.rest, clip.faces, body_map, "quadruped")
        ready = time.process_time()
        motion(clip.frames, True)
        out[f"{len(clip.rest)} factor"] = ready - start
        out[f"{len(clip.rest)} frames"] = time.process_time() - ready
    return out


def main() -> None:
    """Measure, print a table and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-kind", type=int, default=4, help="creatures of each category")
    parser.add_argument("--out", type=Path, default=RESULTS / "mapped_bodies.json")
    options = parser.parse_args()
    shared = find_shared()
    if shared is None:
        raise SystemExit("The shared creatures are not beside the repository.")
    library, donors = Library(shared), load_donors(find_weights())
    rows: list[dict[str, Any]] = []
    for category in sorted({entry.category for entry in donors.entries}):
        usable = [d for d in donors.of_category(category) if library.entries[f"{d.name}.glb"].usable_clips]
        some = np.linspace(0, len(usable) - 1, min(options.per_kind, len(usable))).round().astype(int)
        for i in some:
            rows += measured(library, library.entries[f"{usable[i].name}.glb"], usable[i])
        of_kind = [row for row in rows if row["category"] == category]
        print(category, len(of_kind), {name: round(mean(of_kind, name), 4) for name in NAMES}, flush=True)
    summary = {name: mean(rows, name) for name in NAMES}
    timing = seconds()
    print("all", len(rows), {name: round(value, 4) for name, value in summary.items()})
    print({name: round(value, 2) for name, value in timing.items()})
    options.out.write_text(
        json.dumps({"summary": summary, "cpu_seconds": timing, "rows": rows}, indent=1) + "\n"
    )


NAMES = tuple(f"{name}{suffix}" for name in ("carried", "shown") for suffix in ("", "_p99"))


def mean(rows: list[dict[str, Any]], name: str) -> float:
    """Mean of a column."""
    return float(np.mean([row[name] for row in rows]))


if __name__ == "__main__":
    main()
