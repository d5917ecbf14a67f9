"""Training of the fields: points per second, and the share of the machine's peak matrix product.

`python benchmarks/training.py --recipe shipped --page docs/benchmarks.md`
"""

import argparse
import dataclasses
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from measuring import RESULTS, fill, markdown, save
from zoetrope.fields.colour_regions import REGION_COUNT
from zoetrope.fields.mlp import FieldMLP
from zoetrope.fields.motion import MotionField
from zoetrope.fields.shape import ShapeField
from zoetrope.training.data.prepared_samples import Body, ClipInfo, PreparedData
from zoetrope.training.recipe import Recipe, load_recipe
from zoetrope.training.stages.batches import FRAMES_A_CLIP
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.motion_finetuning import finetune_motion
from zoetrope.training.stages.motion_pretraining import pretrain_motion
from zoetrope.training.stages.shape_finetuning import finetune_shape
from zoetrope.training.stages.shape_pretraining import pretrain_shape

STAGES = ("shape_pretraining", "shape_finetuning", "motion_pretraining", "motion_finetuning")
CREATURES, CLIPS, SAMPLES = 128, 4, 4000


def random_samples(frames: int) -> PreparedData:
    """Return random samples; the speed of a stage does not depend on what it learns."""
    bodies = [Body(1.0, torch.zeros(1, 3))] * CREATURES
    clips = [
        ClipInfo(creature, f"clip{i}", "walk", "quadruped", True, True, 1.0, 0.0)
        for creature in range(CREATURES)
        for i in range(CLIPS)
    ]
    count, rows = len(bodies), len(clips)
    return PreparedData(
        [str(i) for i in range(CREATURES)],
        ["quadruped"],
        ["walk"],
        bodies,
        clips,
        torch.rand(count, SAMPLES, 3) * 2 - 1,
        torch.rand(count, SAMPLES) * 0.2 - 0.1,
        torch.ones(count, dtype=torch.bool),
        torch.rand(count, SAMPLES, 3) * 2 - 1,
        torch.randint(REGION_COUNT, (count, SAMPLES), dtype=torch.uint8),
        torch.rand(count, REGION_COUNT, 3),
        torch.rand(count, SAMPLES, 3) * 2 - 1,
        (0.1 * torch.randn(rows, frames, SAMPLES, 3)).half(),
        torch.eye(4).repeat(rows, frames, 1, 1),
    )


def peak(device: torch.device, seconds: float = 2.0) -> float:
    """Return the operations per second of a bfloat16 matrix product, best of many."""
    size = 4096 if device.type == "cuda" else 2048
    a, b = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    best, start = float("inf"), time.perf_counter()
    while time.perf_counter() - start < seconds:
        start_of_ten = time.perf_counter()
        for _ in range(10):
            a @ b
        _wait(device)
        best = min(best, (time.perf_counter() - start_of_ten) / 10)
    return 2 * size**3 / best


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def operations(mlp: FieldMLP) -> int:
    """Return operations per point and step, forward and backward, without latents and weight composition."""
    weights = sum(w.numel() for w in mlp.weights)
    latent = 2 * mlp.latent_channels * mlp.weights[0].shape[0]  # the first layer's and the skip's columns
    return 6 * (weights - latent)


class Timer:
    """An `OnTrainingStep` that times the steps after the warm-up."""

    def __init__(self, device: torch.device, warm_up: int) -> None:
        self.device, self.warm_up, self.start, self.seconds, self.steps = device, warm_up, 0.0, 0.0, 0

    def __call__(self, stage: str, step: int, total: int, loss: float) -> None:
        """Start at the end of the warm-up; stop at the last step."""
        if step == self.warm_up or step == total:
            _wait(self.device)
            now = time.perf_counter()
            self.seconds, self.steps = now - self.start, total - self.warm_up
            self.start = now


def measure(recipe: Recipe, stage: str, data: PreparedData, steps: int) -> dict[str, Any]:
    """Return the points per second of one stage."""
    warm_up = max(3, steps // 5)
    short = {name: dataclasses.replace(getattr(recipe, name), steps=1) for name in STAGES}
    short[stage] = dataclasses.replace(getattr(recipe, stage), steps=steps + warm_up)
    changes: dict[str, Any] = dict(short)
    recipe = dataclasses.replace(recipe, **changes)
    timer = Timer(data.device, warm_up)
    with tempfile.TemporaryDirectory() as folder:

        def context(name: str) -> StageContext:
            return StageContext(data, Path(folder), recipe.seed, timer if name == stage else None)

        field, latents = pretrain_shape(recipe, context("shape_pretraining"))
        if stage == "shape_finetuning":
            finetune_shape(recipe, context("shape_finetuning"), field, latents)
        if stage.startswith("motion"):
            motion, clip_latents = pretrain_motion(recipe, context("motion_pretraining"), latents)
            if stage == "motion_finetuning":
                finetune_motion(recipe, context("motion_finetuning"), latents, motion, clip_latents)
    stage_recipe = getattr(recipe, stage)
    mlp = (MotionField(recipe.motion_field) if "motion" in stage else ShapeField(recipe.shape_field)).mlp
    instances = (
        stage_recipe.instances // FRAMES_A_CLIP * FRAMES_A_CLIP
        if "motion" in stage
        else stage_recipe.instances
    )
    points = instances * stage_recipe.points * timer.steps / timer.seconds
    return {
        "stage": stage,
        "steps_a_second": timer.steps / timer.seconds,
        "points_a_second": points,
        "operations_a_second": points * operations(mlp),
    }


def main() -> int:
    """Measure, print, write benchmarks/results/training.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--recipe", default="shipped", help="recipe")
    parser.add_argument(
        "--device", default="cuda" if torch.cuda.is_available() else "cpu", help="cpu or cuda"
    )
    parser.add_argument("--steps", type=int, default=60, help="timed steps")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the numbers as JSON")
    parser.add_argument("--page", type=Path, help="Markdown page to put the table into: docs/benchmarks.md")
    options = parser.parse_args()
    device = torch.device(options.device)
    recipe = load_recipe(options.recipe)
    data = random_samples(recipe.data.frames).to(device)
    results = []
    for stage in STAGES:
        best = peak(device)  # next to each stage, so that other load affects both
        results.append({**measure(recipe, stage, data, options.steps), "peak": best})
    name = (
        torch.cuda.get_device_name(device) if device.type == "cuda" else f"{torch.get_num_threads()} threads"
    )
    rows = [
        [
            one["stage"].replace("_", " "),
            f"{one['steps_a_second']:.1f}",
            f"{one['points_a_second'] / 1e6:.2f}",
            f"{one['operations_a_second'] / 1e9:,.0f}",
            f"{one['peak'] / 1e9:,.0f}",
            f"{100 * one['operations_a_second'] / one['peak']:.0f} %",
        ]
        for one in results
    ]
    heads = ["stage", "steps / s", "M points / s", "GFLOP/s", "peak of a product, GFLOP/s", "share"]
    text = f"Recipe {recipe.name}, {device.type} ({name}).\n\n{markdown(heads, rows)}"
    print(text)
    if options.page:
        fill(options.page, f"training {device.type}", text)
    save(f"training_{device.type}", {"recipe": recipe.name, "device": name, "results": results}, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
