"""A step of Muon on the fields' matrices: torch's in bfloat16, ours in float32 where that is emulated.

`python benchmarks/muon_precision.py --page docs/benchmarks.md`
"""

import argparse
import sys
import time
from pathlib import Path
from statistics import median

import torch
from measuring import RESULTS, fill, markdown, save
from torch import nn
from zoetrope.fields.motion import MotionField
from zoetrope.fields.shape import ShapeField
from zoetrope.training.optimisation.mixed_precision import has_fast_bfloat16
from zoetrope.training.optimisation.muon import Muon
from zoetrope.training.recipe import load_recipe


def copies(matrices: list[nn.Parameter]) -> list[nn.Parameter]:
    """Return matrices that an optimiser may change."""
    return [nn.Parameter(matrix.detach().clone()) for matrix in matrices]


def seconds(optimiser: torch.optim.Optimizer) -> float:
    """Return the processor seconds of one step with new gradients."""
    for group in optimiser.param_groups:
        for matrix in group["params"]:
            matrix.grad = torch.randn_like(matrix)
    start = time.process_time()
    optimiser.step()
    return time.process_time() - start


def main() -> int:
    """Measure alternately, print, write benchmarks/results/muon_precision.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--recipe", default="shipped", help="recipe that gives the sizes")
    parser.add_argument("--times", type=int, default=10, help="steps of each")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the numbers as JSON")
    parser.add_argument("--page", type=Path, help="Markdown page to put the table into: docs/benchmarks.md")
    options = parser.parse_args()
    recipe = load_recipe(options.recipe)
    results = []
    for name, field in (
        ("shape", ShapeField(recipe.shape_field)),
        ("motion", MotionField(recipe.motion_field)),
    ):
        matrices = field.mlp.hidden_weights()
        theirs = torch.optim.Muon(copies(matrices), weight_decay=0.0)
        ours = Muon(copies(matrices), lr=1e-3)
        times = [(seconds(theirs), seconds(ours)) for _ in range(options.times)]
        before, after = (median(column) for column in zip(*times, strict=True))
        results.append({"field": name, "torch": before, "ours": after})
    rows = [
        [
            row["field"],
            f"{1e3 * row['torch']:.0f}",
            f"{1e3 * row['ours']:.0f}",
            f"{row['torch'] / row['ours']:.1f}",
        ]
        for row in results
    ]
    fast = has_fast_bfloat16(torch.device("cpu"))
    kind = "with" if fast else "without"
    text = f"A processor {kind} bfloat16 instructions, {torch.get_num_threads()} threads.\n\n"
    text += markdown(["field", "torch, processor ms", "ours, processor ms", "times as fast"], rows)
    print(text)
    if options.page:
        fill(options.page, "muon precision", text)
    save("muon_precision", {"fast_bfloat16": fast, "results": results}, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
