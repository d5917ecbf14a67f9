"""Attention at the motion diffusion's size: two matrix products against torch's fused kernel.

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

IMPLEMENTATIONS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "fused": scaled_dot_product_attention,
    "plain": plain_attention,
}


def seconds(attention: Callable[[Tensor, Tensor, Tensor], Tensor], qkv: list[Tensor]) -> float:
    """Return the processor seconds of one forward and backward pass."""
    start = time.process_time()
    torch.autograd.grad(attention(*qkv).sum(), qkv)
    return time.process_time() - start


def main() -> int:
    """Measure alternately, print, write benchmarks/results/attention.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--recipe", default="shipped", help="recipe that gives the sizes")
    parser.add_argument("--times", type=int, default=60, help="passes of each implementation")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the numbers as JSON")
    parser.add_argument("--page", type=Path, help="Markdown page to put the table into: docs/benchmarks.md")
    options = parser.parse_args()
    recipe = load_recipe(options.recipe)
    stage = recipe.motion_diffusion
    size = stage.batch, stage.heads, recipe.data.frames + 1, stage.width // stage.heads
    qkv = [torch.randn(size, dtype=torch.bfloat16, requires_grad=True) for _ in range(3)]
    times: dict[str, list[float]] = {name: [] for name in IMPLEMENTATIONS}
    for _ in range(options.times):
        for name, attention in IMPLEMENTATIONS.items():
            times[name].append(seconds(attention, qkv))
    medians = {name: median(values) for name, values in times.items()}
    rows = [
        [name, f"{1e3 * medians[name]:.1f}", f"{medians['fused'] / medians[name]:.2f}"]
        for name in IMPLEMENTATIONS
    ]
    shape = " x ".join(map(str, size))
    text = f"Queries, keys and values {shape}, bfloat16, {torch.get_num_threads()} threads.\n\n" + markdown(
        ["attention", "processor ms", "times as fast"], rows
    )
    print(text)
    if options.page:
        fill(options.page, "attention", text)
    save("attention", {"size": size, "seconds": medians}, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
