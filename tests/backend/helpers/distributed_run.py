"""Train the tiny recipe and write the losses of its stages: alone, or as one of torchrun's processes."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import tiny_run
import torch
from zoetrope.training.optimisation.distributed import process_group, rank


def deterministic(recipe):
    """Without noise and dropout, which differ between processes; high learning rates, since steps are few."""
    stages = ("shape_pretraining", "shape_finetuning", "motion_pretraining", "motion_finetuning")
    fields = {name: replace(getattr(recipe, name), noise=0.0, instances=8, lr=0.02) for name in stages}
    fields["motion_finetuning"] = replace(fields["motion_finetuning"], within_creature_prior=1e-3)
    diffusions = {
        name: replace(getattr(recipe, name), dropout=0.0, lr=0.02)
        for name in ("shape_diffusion", "motion_diffusion")
    }
    colour_field = replace(recipe.colour_field, noise=0.0)
    return replace(recipe, **fields, **diffusions, colour_field=colour_field)


def main():
    out = Path(sys.argv[1])
    torch.set_num_threads(1)
    losses = {}

    def on_step(stage, step, total, loss):
        losses.setdefault(stage, []).append(loss)

    with process_group("cpu") as device:
        recipe = deterministic(tiny_run.full_recipe())
        tiny_run.train(out, recipe, tiny_run.coloured(), on_step=on_step, device=device)
        if rank() == 0:
            (out / "losses.json").write_text(json.dumps(losses))


if __name__ == "__main__":
    main()
