"""How near the armatures of generated creatures come to the generated motion, with and without correctives.

python benchmarks/generated_armatures.py [--seeds 0,1,2] [--detail 96] [--page docs/animating.md]

Each category's first actions of `ACTIONS`, of the same creature; nothing is chosen by hand.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from measuring import fill, markdown, save
from zoetrope.engines.animate.creature import generate_creature
from zoetrope.engines.base import GenerateRequest
from zoetrope.engines.dnf import DnfEngine

ACTIONS = ("walk", "run", "swim", "fly", "idle", "jump", "attack")
COUNT = 2
"""Actions of each creature."""
RIGGING = ("recognise", "register", "skeleton")
"""Stages that an armature adds."""


def measure(engine: DnfEngine, category: str, actions: list[str], seed: int, detail: int) -> dict[str, Any]:
    """One creature: residuals of its actions (worst), and the seconds that its armature took."""
    seconds: dict[str, float] = {}
    last = time.monotonic()

    def on_progress(stage: str, _step: int, _total: int) -> None:
        nonlocal last
        now = time.monotonic()
        seconds[stage] = seconds.get(stage, 0.0) + now - last
        last = now

    request = GenerateRequest(category, "", seed, detail=detail, faces=None, texture=None)
    made = generate_creature(engine, request, actions, "armature", True, on_progress)
    row: dict[str, Any] = {"category": category, "actions": actions, "seed": seed, "notes": list(made.notes)}
    if made.rig is None:
        return row
    found = made.correctives
    row |= {
        "donor": made.rig.donor.title,
        "mean": max(action.residual_mean for action in made.rig.actions),
        "p99": max(action.residual_p99 for action in made.rig.actions),
        "correctives": 0 if found is None else len(found.offsets),
        "corrected": None if found is None else max(found.errors),
        "vertices": len(made.clips[0].rest),
        "seconds": sum(seconds.get(stage, 0.0) for stage in RIGGING),
        "all_seconds": sum(seconds.values()),
    }
    return row


def page(rows: list[dict[str, Any]]) -> str:
    """Return the table and a summary as Markdown."""
    rigged = [row for row in rows if "mean" in row]
    cells = [
        [
            f"{row['category']} {row['seed']}",
            ", ".join(row["actions"]),
            row["donor"],
            f"{100 * row['mean']:.2f} / {100 * row['p99']:.2f}",
            str(row["correctives"]),
            f"{100 * (row['mean'] if row['corrected'] is None else row['corrected']):.2f}",
        ]
        for row in rigged
    ]
    heads = ["creature", "actions", "donor", "mean / p99 %", "correctives", "mean with them %"]
    means = sorted(row["mean"] for row in rigged)
    corrected = max(row["corrected"] or row["mean"] for row in rigged)
    return (
        f"{len(rigged)} of {len(rows)} creatures got an armature; mean distance from generated frames, of "
        f"the worse action: median {100 * means[len(means) // 2]:.2f}, worst {100 * means[-1]:.2f} % of the "
        f"diagonal. With at most {max(row['correctives'] for row in rigged)} correctives none is above "
        f"{100 * corrected:.2f} %.\n\n{markdown(heads, cells)}"
    )


def main() -> None:
    """Measure, print the table, store it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, default=Path("weights"))
    parser.add_argument("--seeds", default="0,1,2", help="separated by commas")
    parser.add_argument("--detail", type=int, default=96)
    parser.add_argument("--page", type=Path, help="Markdown file whose block is replaced")
    options = parser.parse_args()
    engine, rows = DnfEngine(options.weights, "cpu"), []
    for category in engine.info().categories:
        actions = [name for name in ACTIONS if name in category.actions][:COUNT]
        for seed in map(int, options.seeds.split(",")):
            rows.append(measure(engine, category.name, actions, seed, options.detail))
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    save("generated_armatures", {"detail": options.detail, "rows": rows})
    text = page(rows)
    print(text)
    if options.page is not None:
        fill(options.page, "generated armatures", text)


if __name__ == "__main__":
    main()
