"""Seconds and peak memory of a generation by stage: cold (a new process) and warm (again in that process).

`python benchmarks/generation.py --weights weights [--output armature]`
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measuring import MIB, RESULTS, Stages, fill, markdown, save

DETAILS = (64, 128, 256)
TARGETS = {64: 2.5, 128: 5.0, 256: 12.0}
"""Detail -> seconds of a warm generation on two cores, textured."""
BEFORE = {
    "shape_keys": RESULTS / "generation_before.json",
    "armature": RESULTS / "generation_armature_before.json",
}
"""Results of versions of 28 November 2026: the full surface, vertex colours, every extraction a search; and,
with an armature, donors compared by registration for every creature."""
START = "start"
RIGGING = ("recognise", "register", "skeleton")
ORDER = (
    START,
    "load",
    "shape",
    "motion",
    "surface",
    "low_poly",
    "texture",
    "frames",
    *RIGGING,
    "timeline",
    "write",
)
"""Stages in order: `start` is Python and its imports, `timeline` what follows the last model frame."""


def child(options: argparse.Namespace) -> dict[str, Any]:
    """Generate once cold and `warm` times warm in this process; return the measurements."""
    stages = Stages(START)
    stages.seconds[START] = time.time() - options.started
    from zoetrope.engines import create_engine
    from zoetrope.engines.request import GenerateRequest

    engine = create_engine(options.engine, options.weights, options.device)
    stages.until_now(START)
    runs = []
    for run in range(1 + options.warm):
        if run:
            stages = Stages("load")
        request = GenerateRequest(
            options.category,
            options.action,
            options.seed,
            options.frames,
            24.0,
            options.details[0],
            faces=options.faces or None,
            texture=options.texture or None,
        )
        sequence, save = generated(engine, request, options.output, stages)
        stages.until_now("timeline" if options.output == "shape_keys" else "skeleton")
        with tempfile.TemporaryDirectory() as folder:
            save(Path(folder) / "result.npz")
            stages.until_now("write")
        stages.stop()
        runs.append({"seconds": dict(stages.seconds), "peak": dict(stages.peak)})
    return {
        "vertices": len(sequence.rest),
        "faces": len(sequence.faces),
        "frames": len(sequence.vertices),
        "device": engine.info().device_name,
        "checksum": engine.info().weights_checksum,
        "runs": runs,
    }


def generated(engine: Any, request: Any, output: str, stages: Stages) -> tuple[Any, Callable[[Path], None]]:
    """Generate a creature; return its mesh sequence, and what writes the result file."""
    if output == "shape_keys":
        sequence = engine.generate(request, stages.progress)
        return sequence, sequence.save_npz
    from zoetrope.engines.animate.creature import generate_creature
    from zoetrope.engines.animate.result_file import save_creature

    creature = generate_creature(engine, request, [request.action], output, False, stages.progress)
    if creature.rig is None:
        print(*creature.notes, file=sys.stderr)
    return creature.clips[0], lambda path: save_creature(path, creature, "")


def measure(options: argparse.Namespace, detail: int) -> dict[str, Any]:
    """Run `child` in a new process for one detail."""
    command = [sys.executable, __file__, "--child", "--started", str(time.time()), "--details", str(detail)]
    for name in (
        "engine",
        "weights",
        "device",
        "category",
        "action",
        "seed",
        "frames",
        "warm",
        "faces",
        "texture",
        "output",
    ):
        command += [f"--{name}", str(getattr(options, name))]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"The measurement at detail {detail} failed; see above.")
    return json.loads(done.stdout.splitlines()[-1])


def median_run(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the run with the median total time."""
    return sorted(runs, key=lambda run: sum(run["seconds"].values()))[len(runs) // 2]


def stage_table(results: dict[int, dict[str, Any]]) -> str:
    """Return the table of seconds and peak MiB, one row per stage, columns cold and warm of every detail."""
    heads, columns = ["stage"], []
    for detail, result in results.items():
        for name, run in (("cold", result["runs"][0]), ("warm", median_run(result["runs"][1:]))):
            heads.append(f"{detail} {name}")
            columns.append(run)
    rows = []
    for stage in ORDER:
        cells = [
            f"{run['seconds'][stage]:.2f} s, {run['peak'][stage] / MIB:.0f} MiB"
            if stage in run["seconds"]
            else ""
            for run in columns
        ]
        if any(cells):
            rows.append([stage, *cells])
    total = [
        f"**{sum(run['seconds'].values()):.2f} s, {max(run['peak'].values()) / MIB:.0f} MiB**"
        for run in columns
    ]
    return markdown(heads, [*rows, ["**whole**", *total]])


def before_table(results: dict[int, dict[str, Any]], before: dict[str, dict[str, Any]]) -> str:
    """Return the table of warm seconds, one row per stage: the version before beside this one."""
    heads, columns = ["stage, warm"], []
    for detail, result in results.items():
        if str(detail) in before:
            heads += [f"{detail} before", f"{detail} now"]
            columns += [median_run(r["runs"][1:])["seconds"] for r in (before[str(detail)], result)]
    if not columns:
        return ""
    stages = [stage for stage in ORDER if any(stage in seconds for seconds in columns)]
    rows = [[s, *(f"{c[s]:.2f}" if s in c else "" for c in columns)] for s in stages]
    return markdown(heads, [*rows, ["**whole, s**", *(f"**{sum(c.values()):.2f}**" for c in columns)]])


def ratio_table(results: dict[int, dict[str, Any]]) -> str:
    """Return the table of sizes, cold and warm seconds and targets, one row per detail."""
    base = None
    rows = []
    for detail, result in results.items():
        cold = sum(result["runs"][0]["seconds"].values())
        warm = sum(median_run(result["runs"][1:])["seconds"].values())
        base = base or warm
        target = TARGETS.get(detail)
        met = (
            ""
            if target is None
            else f"{target:g} s: " + ("met" if warm <= target else f"missed by {warm - target:.1f} s")
        )
        rows.append(
            [
                str(detail),
                f"{result['vertices']:,}",
                str(result["frames"]),
                f"{cold:.2f}",
                f"{warm:.2f}",
                f"{cold / warm:.2f}",
                f"{warm / base:.2f}",
                met,
            ]
        )
    heads = [
        "detail",
        "vertices",
        "frames",
        "cold, s",
        "warm, s",
        "cold / warm",
        f"warm / warm at {next(iter(results))}",
        "target",
    ]
    return markdown(heads, rows)


def main() -> int:
    """Measure, print, write benchmarks/results/generation.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--engine", default="dnf", help="dnf or procedural")
    parser.add_argument("--weights", type=Path, default=Path("weights"), help="folder of the weights")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--category", default="quadruped", help="category")
    parser.add_argument("--action", default="walk", help="action")
    parser.add_argument("--seed", type=int, default=7, help="seed")
    parser.add_argument("--frames", type=int, default=32, help="frames of the timeline; the model's are 32")
    parser.add_argument("--faces", type=int, default=5000, help="face budget; 0: the full surface")
    parser.add_argument("--texture", type=int, default=1024, help="texels a side; 0: vertex colours")
    parser.add_argument("--output", choices=list(BEFORE), default="shape_keys", help="what moves the mesh")
    parser.add_argument("--before", type=Path, help="results to compare with; default: by the output")
    parser.add_argument("--warm", type=int, default=3, help="warm generations, of which the median counts")
    parser.add_argument("--details", type=int, nargs="+", default=list(DETAILS), help="cells along a side")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the numbers as JSON")
    parser.add_argument("--page", type=Path, help="Markdown page to put the tables into: docs/benchmarks.md")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--started", type=float, default=0.0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.warm = max(1, options.warm)
    if options.child:
        print(json.dumps(child(options)))
        return 0
    results = {}
    for detail in options.details:
        print(f"detail {detail} ...", file=sys.stderr)
        results[detail] = measure(options, detail)
    first = next(iter(results.values()))
    head = f"Engine {options.engine}, weights {first['checksum'][:16] or 'none'}, on {first['device']}."
    path = options.before or BEFORE[options.output]
    before = json.loads(path.read_text()) if path.exists() else {}
    same = before.get("engine") == options.engine
    compared = before_table(results, before["details"]) if same else ""
    text = "\n\n".join(filter(None, (head, stage_table(results), compared, ratio_table(results))))
    print(text)
    name = "generation" if options.output == "shape_keys" else f"generation_{options.output}"
    if options.page:
        fill(options.page, name.replace("_", " "), text)
    asset = {"faces": options.faces, "texture": options.texture}
    result = {"engine": options.engine, **asset, "checksum": first["checksum"], "details": results}
    path = save(name, result, options.out)
    print(f"\nWritten to {path}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
