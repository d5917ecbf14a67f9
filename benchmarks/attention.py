"""Attention of the diffusions' sizes, forward and backward: plain products against torch's fused one.

`python benchmarks/attention.py --page docs/benchmarks.md`
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
from measuring import RESULTS, fill, markdown, save
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from zoetrope.diffusion.transformer import plain_attention
from zoetrope.training.recipe import load_recipe

WAYS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "fused": scaled_dot_product_attention,
    "plain": plain_attention,
}


def seconds(way: Callable[[Tensor, Tensor, Tensor], Tensor], parts: list[Tensor]) -> float:
    """Processor seconds of one call and its gradients."""
    began = time.process_time()
    torch.autograd.grad(way(*parts).sum(), parts)
    return time.process_time() - began


def main() -> int:
    """Measure in turns, print, write benchmarks/results/attention.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--recipe", default="shipped", help="recipe whose motion transformer is meant")
    parser.add_argument("--times", type=int, default=60, help="calls of each")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the numbers as JSON")
    parser.add_argument("--page", type=Path, help="Markdown page to put the table into: docs/benchmarks.md")
    options = parser.parse_args()
    recipe = load_recipe(options.recipe)
    stage = recipe.motion_diffusion
    size = stage.batch, stage.heads, recipe.data.frames + 1, stage.width // stage.heads
    parts = [torch.randn(size, dtype=torch.bfloat16, requires_grad=True) for _ in range(3)]
    found: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(options.times):
        for name, way in WAYS.items():
            found[name].append(seconds(way, parts))
    took = {name: median(some) for name, some in found.items()}
    rows = [[name, f"{1e3 * took[name]:.1f}", f"{took['fused'] / took[name]:.2f}"] for name in WAYS]
    shape = " x ".join(map(str, size))
    text = f"Queries, keys and values {shape}, bfloat16, {torch.get_num_threads()} threads.\n\n" + markdown(
        ["attention", "processor ms", "times as fast"], rows
    )
    print(text)
    if options.page:
        fill(options.page, "attention", text)
    save("attention", {"size": size, "seconds": took}, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
