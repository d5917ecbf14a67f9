"""bfloat16 against float32 in the fields: seconds, and the error of surface and motion.

python benchmarks/reduced_precision.py --weights weights [--page docs/benchmarks.md]

The error of the surface is what the signed distance changes by at vertices of the surface, divided by the
length of its gradient (where that is at least 0.1: melted spots have none); that of the motion is how far
vertices are from those of float32. Both in box units.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from measuring import fill, markdown, save
from zoetrope.engines.decoding.motion import decode_frames
from zoetrope.engines.decoding.surface import compose_distance, compose_shape_field
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.request import GenerateRequest
from zoetrope.geometry.arap_smoothing import smooth_frames

CREATURES = (("quadruped", "walk"), ("fish", "swim"), ("biped", "walk"))
MAX_ERROR = 1e-4
"""Box units, of the surface, up to which bfloat16 would count as equal."""
MIN_SLOPE = 0.1


def timed(function: Callable[[], Any], reduced: bool) -> tuple[Any, float]:
    """Return a function's result and the processor seconds of the faster of three runs."""
    seconds = []
    for _ in range(3):
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=reduced):
            start = time.process_time()
            result = function()
            seconds.append(time.process_time() - start)
    return result, min(seconds)


def measure(engine: DnfEngine, category: str, action: str, seed: int) -> dict[str, Any]:
    """One creature: seconds and errors of both fields."""
    resolved = engine.resolve(GenerateRequest(category, action, seed, detail=64))
    with torch.inference_mode():
        body, motion = engine.sample_tokens(resolved, lambda *_: None)
    assert body.surface is not None
    bundle, shape = engine.load(), body.tokens
    points = body.surface.vertices.astype(np.float32)
    field = compose_shape_field(bundle, shape)
    (exact, full), (reduced, half) = (timed(lambda: field(points), on) for on in (False, True))
    _, gradients = compose_distance(bundle, shape)(points)
    slopes = np.linalg.norm(gradients, axis=1)
    steep = slopes >= MIN_SLOPE
    surface = np.abs(reduced - exact)[steep] / slopes[steep]
    moved = [timed(lambda: decode_frames(bundle, shape, motion, points).vertices, on) for on in (False, True)]
    away = np.linalg.norm(moved[1][0] - moved[0][0], axis=-1)
    smooth = [smooth_frames(points, body.surface.faces, frames) for frames, _ in moved]
    smoothed = np.linalg.norm(smooth[1] - smooth[0], axis=-1)
    return {
        "creature": f"{category}, {action}",
        "points": len(points),
        "shape_seconds": (full, half),
        "surface": (float(surface.mean()), float(np.quantile(surface, 0.99))),
        "motion_seconds": (moved[0][1], moved[1][1]),
        "motion": (float(away.mean()), float(np.quantile(away, 0.99))),
        "smoothed": (float(smoothed.mean()), float(np.quantile(smoothed, 0.99))),
    }


def page(rows: list[dict[str, Any]]) -> str:
    """Return the table as Markdown."""
    flags = [name for name in ("avx512_bf16", "amx_bf16") if name in _processor_flags()]
    heads = ["creature", "shape, times faster", "surface error, mean / p99", "motion, times faster"]
    heads += ["motion error, mean / p99", "after smoothing"]
    cells = [
        [
            row["creature"],
            f"{row['shape_seconds'][0] / row['shape_seconds'][1]:.2f}",
            "{:.1e} / {:.1e}".format(*row["surface"]),
            f"{row['motion_seconds'][0] / row['motion_seconds'][1]:.2f}",
            "{:.1e} / {:.1e}".format(*row["motion"]),
            "{:.1e} / {:.1e}".format(*row["smoothed"]),
        ]
        for row in rows
    ]
    worst = max(row["surface"][0] for row in rows)
    verdict = "within" if worst <= MAX_ERROR else "above"
    processor = f"Processor with {', '.join(flags) or 'no bfloat16 instructions'}; one thread."
    error = f"The mean surface error is {verdict} the {MAX_ERROR:.0e} that would count as equal."
    return f"{processor} {error}\n\n{markdown(heads, cells)}"


def _processor_flags() -> str:
    path = Path("/proc/cpuinfo")
    return path.read_text() if path.exists() else ""


def main() -> None:
    """Measure, print the table, store it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--weights", type=Path, default=Path("weights"))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--page", type=Path, help="Markdown file whose block is replaced")
    options = parser.parse_args()
    torch.set_num_threads(1)
    engine = DnfEngine(options.weights, "cpu")
    rows = [measure(engine, *creature, options.seed) for creature in CREATURES]
    save("reduced_precision", {"rows": rows})
    text = page(rows)
    print(text)
    if options.page is not None:
        fill(options.page, "reduced precision", text)


if __name__ == "__main__":
    main()
