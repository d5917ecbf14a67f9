"""How near the armatures of generated creatures come to the generated motion, with and without correctives.

python benchmarks/generated_armatures.py [--seeds 0,1,2] [--detail 96] [--page docs/animating.md]
python benchmarks/generated_armatures.py --donors [--seeds 7,300] [--detail 64]

Each category's first actions of `ACTIONS`, of the same creature; nothing is chosen by hand.

With `--donors`, the ways to a skeleton are compared: the donor by shape tokens or by recognition; and for
creatures with sampled proportions the sampled body's skeleton with its joints mapped, or one found anew on
the body with these proportions.
"""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from measuring import fill, markdown, save
from zoetrope.engines import create_animator
from zoetrope.engines.animate.animator import MeshAnimator
from zoetrope.engines.animate.creature import generate_creature
from zoetrope.engines.animate.sampled_rig import fit_clips, rig_body
from zoetrope.engines.base import GeneratedClips
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.errors import ZoetropeError

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


def measure_rig(animator: MeshAnimator, made: GeneratedClips) -> dict[str, Any]:
    """The donor of a body, the error of its fitted skeleton, and the processor seconds of both."""
    start = time.process_time()
    try:
        mesh = rig_body(animator, made)
    except ZoetropeError as error:
        return {"refused": error.message}
    rigged = time.process_time()
    _, clips = fit_clips(mesh, made.clips)
    return {
        "donor": mesh.donor.title,
        "rig_seconds": rigged - start,
        "fit_seconds": time.process_time() - rigged,
        "mean": max(clip.error.mean for clip in clips),
        "p99": max(clip.error.p99 for clip in clips),
    }


def compare_donors(
    engine: DnfEngine, category: str, actions: list[str], seed: int, detail: int
) -> dict[str, Any]:
    """One creature and one with sampled proportions, each rigged in both ways."""
    animator = create_animator(engine)
    request = GenerateRequest(category, "", seed, detail=detail, texture=None)
    plain = engine.generate_clips(request, actions, ignore_progress)
    mapped = engine.generate_clips(replace(request, proportions_seed=seed), actions, ignore_progress)
    without_tokens = tuple(replace(clip, tokens={}) for clip in plain.clips)
    return {
        "category": category,
        "seed": seed,
        "tokens": measure_rig(animator, plain),
        "recognition": measure_rig(animator, replace(plain, clips=without_tokens)),
        "mapped": measure_rig(animator, mapped),
        "anew": measure_rig(animator, replace(mapped, unmapped=None)),
    }


def donors_page(rows: list[dict[str, Any]]) -> str:
    """Return the table of `compare_donors` as Markdown."""
    ways = ("tokens", "recognition", "mapped", "anew")

    def cell(found: dict[str, Any]) -> str:
        if "refused" in found:
            return "refused"
        error = f"{100 * found['mean']:.2f} / {100 * found['p99']:.2f}"
        return f"{found['donor']}, {error}, {found['rig_seconds']:.1f} s"

    cells = [[f"{row['category']} {row['seed']}", *(cell(row[way]) for way in ways)] for row in rows]
    ratios = []
    for first, second in (("tokens", "recognition"), ("mapped", "anew")):
        pairs = [row for row in rows if "mean" in row[first] and "mean" in row[second]]
        each = [row[first]["mean"] / row[second]["mean"] for row in pairs]
        total = sum(row[first]["mean"] for row in pairs) / sum(row[second]["mean"] for row in pairs)
        ratios.append(f"{first} / {second}: {total:.2f} over all, worst {max(each):.2f}")
    heads = ["creature", *(f"{way}: donor, mean / p99 %, processor" for way in ways)]
    return f"Mean error {'; '.join(ratios)}.\n\n{markdown(heads, cells)}"


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
    parser.add_argument("--donors", action="store_true", help="compare the ways to a skeleton")
    parser.add_argument("--page", type=Path, help="Markdown file whose block is replaced")
    options = parser.parse_args()
    engine, rows = DnfEngine(options.weights, "cpu"), []
    for category in engine.info().categories:
        actions = [name for name in ACTIONS if name in category.actions][:COUNT]
        for seed in map(int, options.seeds.split(",")):
            rows.append(
                (compare_donors if options.donors else measure)(
                    engine, category.name, actions, seed, options.detail
                )
            )
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    name = "generated armatures donors" if options.donors else "generated armatures"
    save(name.replace(" ", "_"), {"detail": options.detail, "rows": rows})
    text = donors_page(rows) if options.donors else page(rows)
    print(text)
    if options.page is not None:
        fill(options.page, name, text)


if __name__ == "__main__":
    main()
