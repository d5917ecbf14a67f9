"""Muon against Adam in pre-training of the shape and the motion field: the same batches and steps.

`python benchmarks/optimisers.py --data runs/shipped/data --run runs/shipped`
"""

import argparse
import dataclasses
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring import RESULTS, fill, markdown, save
from zoetrope.training.data.prepared_samples import load_prepared
from zoetrope.training.recipe import load_recipe
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.motion_pretraining import pretrain_motion
from zoetrope.training.stages.shape_pretraining import pretrain_shape

STAGES = ("shape_pretraining", "motion_pretraining")


def measure(options: argparse.Namespace, stage: str, muon: bool) -> dict[str, Any]:
    """Train one field from scratch; return the last smoothed loss and the processor seconds per step."""
    recipe, data = load_recipe(options.recipe), load_prepared(options.data)
    _, shapes = pretrain_shape(recipe, StageContext(data, options.run, recipe.seed))
    stage_recipe = dataclasses.replace(getattr(recipe, stage), steps=options.steps)
    if not muon:
        stage_recipe = dataclasses.replace(stage_recipe, muon_lr=0.0)
    changes: dict[str, Any] = {stage: stage_recipe}
    recipe = dataclasses.replace(recipe, **changes)
    losses: list[float] = []
    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        context = StageContext(data, Path(folder), recipe.seed, lambda *step: losses.append(step[3]))
        if stage == "shape_pretraining":
            pretrain_shape(recipe, context)
        else:
            pretrain_motion(recipe, context, shapes)
    return {
        "stage": stage,
        "optimiser": "Muon" if muon else "Adam",
        "loss": losses[-1],
        "seconds_a_step": (time.process_time() - start) / options.steps,
    }


def main() -> int:
    """Measure, print, write benchmarks/results/optimisers.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--recipe", default="shipped", help="recipe of the run")
    parser.add_argument("--data", type=Path, required=True, help="prepared samples")
    parser.add_argument(
        "--run",
        type=Path,
        required=True,
        help="finished run, whose shape latents the motion field is trained on",
    )
    parser.add_argument("--steps", type=int, default=600, help="steps of each stage")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the numbers as JSON")
    parser.add_argument("--page", type=Path, help="Markdown page to put the table into: docs/benchmarks.md")
    options = parser.parse_args()
    if not (options.run / "shape_pretraining.safetensors").is_file():
        parser.error(f"{options.run} holds no run of zoetrope train with a finished shape pre-training")
    if not (options.data / "index.json").is_file():
        parser.error(f"{options.data} holds no prepared samples: give the folder data of a run")
    results = [measure(options, stage, muon) for stage in STAGES for muon in (False, True)]
    rows = []
    for adam, muon in zip(results[::2], results[1::2], strict=True):
        rows.append(
            [
                adam["stage"].replace("_", " "),
                f"{adam['loss']:.5f}",
                f"{muon['loss']:.5f}",
                f"{adam['loss'] / muon['loss']:.2f}",
                f"{muon['seconds_a_step'] / adam['seconds_a_step']:.2f}",
            ]
        )
    heads = ["stage", "loss, Adam", "loss, Muon", "times lower", "seconds a step, Muon / Adam"]
    text = f"{options.steps} steps each, learning rates decayed to the end.\n\n{markdown(heads, rows)}"
    print(text)
    if options.page:
        fill(options.page, "optimisers", text)
    save("optimisers", {"steps": options.steps, "results": results}, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
