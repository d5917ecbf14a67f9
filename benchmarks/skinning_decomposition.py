"""Shape Keys to Bones: seconds and errors of the bones found for generated creatures and for denser meshes.

`python benchmarks/skinning_decomposition.py --page docs/benchmarks.md`
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from measuring import RESULTS, fill, markdown, save
from zoetrope.engines import create_engine
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.weights.folders import find_weights
from zoetrope.rigs.decomposition.decompose import decompose

CREATURES = (("quadruped", "run"), ("biped", "walk"), ("winged", "fly"), ("fish", "swim"))
BONES = (8, 24, 48)
TOLERANCE = 0.005
"""Share of the diagonal."""

Animation = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Rest pose (V, 3), faces (F, 3), frames (T, V, 3)."""


def generated(engine_name: str, seed: int) -> dict[str, Animation]:
    """Generate the creatures by name."""
    engine = create_engine(engine_name, find_weights(), "cpu")
    known = [(category.name, action) for category in engine.info().categories for action in category.actions]
    found = {}
    for category, action in [pair for pair in CREATURES if pair in known] or known[:1]:
        request = GenerateRequest(category, action, seed, None, 24.0, 64, None, faces=None, texture=None)
        sequence = engine.generate(request, lambda *_: None)
        name = f"{category}, {action}"
        found[name] = sequence.rest.astype(float), sequence.faces.astype(int), sequence.vertices
    return found


def denser(animation: Animation, times: int) -> Animation:
    """Divide each triangle into four, several times."""
    rest, faces, frames = animation
    for _ in range(times):
        finer = [trimesh.remesh.subdivide(points, faces) for points in [rest, *frames]]
        (rest, faces), frames = finer[0], np.array([points for points, _ in finer[1:]], np.float32)
    return rest, faces, frames


def measure(name: str, animation: Animation, bones: int | None) -> dict[str, Any]:
    """Find bones, or those for the tolerance; errors as shares of the diagonal."""
    rest, faces, frames = animation
    tolerance = TOLERANCE * float(np.linalg.norm(np.ptp(rest, axis=0))) if bones is None else None
    start = time.process_time()
    found = decompose(rest, faces, frames, bones=bones, tolerance=tolerance)
    seconds = time.process_time() - start
    error = found.error.times(1.0 / found.diagonal)
    return {
        "name": name,
        "vertices": len(rest),
        "frames": len(frames),
        "wanted": "tolerance" if bones is None else str(bones),
        "bones": len(found.tree.skeleton.names) - 1,
        "seconds": seconds,
        "mean": error.mean,
        "p99": error.p99,
        "largest": error.largest,
    }


def main() -> int:
    """Measure, print, write benchmarks/results/skinning_decomposition.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--engine", default="dnf", choices=["dnf", "procedural"])
    parser.add_argument("--seed", type=int, default=3, help="of the creatures")
    parser.add_argument("--dense", type=int, default=2, help="how often triangles of the first are divided")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the numbers as JSON")
    parser.add_argument("--page", type=Path, help="Markdown page to put the table into: docs/benchmarks.md")
    options = parser.parse_args()
    creatures = generated(options.engine, options.seed)
    results = [measure(name, one, bones) for name, one in creatures.items() for bones in (*BONES, None)]
    name, first = next(iter(creatures.items()))
    results.append(measure(f"{name}, dense", denser(first, options.dense), 24))
    rows = [
        [
            row["name"],
            f"{row['vertices']:,}",
            str(row["frames"]),
            f"{row['bones']}" + (" (tolerance)" if row["wanted"] == "tolerance" else ""),
            f"{row['seconds']:.1f}",
            *(f"{100 * row[key]:.2f}" for key in ("mean", "p99", "largest")),
        ]
        for row in results
    ]
    heads = ["mesh", "vertices", "frames", "bones", "processor seconds", "mean %", "99 % within", "largest %"]
    text = f"Creatures of seed {options.seed} at detail 64.\n\n{markdown(heads, rows)}"
    print(text)
    if options.page:
        fill(options.page, "skinning decomposition", text)
    save("skinning_decomposition", {"seed": options.seed, "results": results}, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
