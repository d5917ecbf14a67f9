"""Trains the tiny recipe and writes the losses of its stages: alone, or as one of torchrun's processes."""

import dataclasses
import json
import sys
from pathlib import Path

import tiny_run
import torch
from test_live_run import live_recipe
from zoetrope.training.run import train as run_module
from zoetrope.training.run.distributed import rank, team


def quiet(recipe):
    """Without noise and dropout, which every process draws for itself; fast, so that six steps are seen."""
    stages = ("shape_pretraining", "shape_finetuning", "motion_pretraining", "motion_finetuning")
    made = {
        name: dataclasses.replace(getattr(recipe, name), noise=0.0, instances=8, rate=0.02) for name in stages
    }
    made["shape_finetuning"] = dataclasses.replace(made["shape_finetuning"], badly_fitted=1.0)
    both = {
        name: dataclasses.replace(getattr(recipe, name), dropout=0.0, rate=0.02)
        for name in ("shape_diffusion", "motion_diffusion")
    }
    palette = dataclasses.replace(
        recipe.palette, training=dataclasses.replace(recipe.palette.training, noise=0.0)
    )
    return dataclasses.replace(recipe, **made, **both, palette=palette, processes=1)


def main():
    out = Path(sys.argv[1])
    torch.set_num_threads(1)
    losses = {}

    def progress(stage, step, total, loss):
        losses.setdefault(stage, []).append(loss)

    run_module.load_recipe = lambda name: quiet(live_recipe())
    run_module.load_prepared = lambda path, **_: tiny_run.prepared()
    with team("cpu") as device:
        run_module.train("tiny", out, out / "run", out / "weights", progress, device)
        if rank() == 0:
            (out / "losses.json").write_text(json.dumps(losses))


if __name__ == "__main__":
    main()
