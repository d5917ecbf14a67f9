"""A whole training run, from prepared samples to weights; every stage resumes from its checkpoint."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch

from zoetrope.engines.weights.bundle import load_bundle
from zoetrope.engines.weights.engine_name import training_of_weights
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.prepared_samples import load_prepared
from zoetrope.training.export.weights import write_weights
from zoetrope.training.from_weights.warm_start import start_from_weights
from zoetrope.training.optimisation import distributed
from zoetrope.training.optimisation.stage_loop import OnTrainingStep
from zoetrope.training.optimisation.stopwatch import Stopwatch
from zoetrope.training.recipe import load_recipe
from zoetrope.training.run.curves import Curves
from zoetrope.training.run.train_parts import (
    limits_of_latents,
    train_colours,
    train_motion_part,
    train_shape_part,
)
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.shape_pretraining import pretrain_shape
from zoetrope.training.stages.tokens import shape_latents_of


def train(
    recipe_name: str,
    data: Path,
    out: Path,
    weights: Path,
    on_step: OnTrainingStep | None = None,
    device: str = "cpu",
    source: Path | None = None,
) -> None:
    """Train all stages of a recipe without frozen parts and write the weights.

    Parameters
    ----------
    recipe_name : str
        A shipped recipe or the path of a TOML file.
    data : Path
        Folder of `zoetrope prepare`.
    out : Path
        Run folder: checkpoints, from which a killed run resumes.
    weights : Path
        Folder for the weights.
    device : str
        "cpu", "cuda" or "cuda:1", for samples and networks.
    source : Path, optional
        Folder of weights that the run starts from.
    """
    recipe = load_recipe(recipe_name)
    out.mkdir(parents=True, exist_ok=True)
    context = StageContext(load_prepared(data).to(device), out, recipe.seed, on_step)
    watch = Stopwatch(out)
    with watch.part("pre-training of the shape"):
        start = start_from_weights(source, recipe, context) if source else None
        field, latents = pretrain_shape(recipe, context)
    limits = limits_of_latents(context, field, latents)
    with watch.part("shape and motion"):
        if recipe.processes > 1 and distributed.world_size() == 1:
            with _shape_process(recipe_name, data, out, device, source if start else None):
                motion = train_motion_part(recipe, context, latents, start, limits)
            # The checkpoints of the other process are complete: this only loads them.
            shape = train_shape_part(recipe, context, field, latents, start)
        else:
            shape = train_shape_part(recipe, context, field, latents, start)
            motion = train_motion_part(recipe, context, latents, start, limits)
    with watch.part("colours"):
        colours = train_colours(recipe, context, shape_latents_of(latents), limits)
    shape = replace(shape, colours=colours)
    before = training_of_weights(source) if source else None
    write_weights(recipe, context.data, weights, shape, motion, start=before)


@contextmanager
def _shape_process(recipe: str, data: Path, out: Path, device: str, source: Path | None) -> Iterator[None]:
    """Train the shape part in a child process with one core; wait for its end at the end of the block."""
    command = [sys.executable, "-m", "zoetrope.training.run.train", recipe, str(data), str(out), device]
    command += [str(source)] if source else []
    threads = torch.get_num_threads()
    with (out / "shape.log").open("ab") as stream:
        child = subprocess.Popen(
            command, stdout=stream, stderr=stream, env={**os.environ, "OMP_NUM_THREADS": "1"}
        )
    try:
        torch.set_num_threads(max(1, threads - 1))
        yield
        if child.wait() != 0:
            raise ZoetropeError(
                "Training the shape part failed.",
                remedy=f"See {out / 'shape.log'}; the same command resumes from its checkpoint.",
            )
    finally:
        child.terminate()
        torch.set_num_threads(threads)


def exit_with_parent(on_step: OnTrainingStep) -> OnTrainingStep:
    """Wrap a callback so that this process exits when its parent is gone.

    The child of a killed run would go on, and write the same checkpoints as the child of the resumed run.
    """
    parent = os.getppid()

    def wrapped(stage: str, step: int, total: int, loss: float) -> None:
        if os.getppid() != parent:
            sys.exit(1)
        on_step(stage, step, total, loss)

    return wrapped


def _shape_process_main() -> None:
    """Train the shape part: the entry point of the child process."""
    name, data, folder, device, *source = sys.argv[1:]
    recipe, out = load_recipe(name), Path(folder)
    start = load_bundle(Path(*source), device) if source else None
    prepared = load_prepared(Path(data), motion=False).to(device)
    with Curves(out / "log" / "shape") as curves:
        context = StageContext(prepared, out, recipe.seed, exit_with_parent(curves))
        field, latents = pretrain_shape(recipe, context)
        train_shape_part(recipe, context, field, latents, start)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    _shape_process_main()
