"""A training run: prepared samples in, weights out; every stage resumes where it was killed."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch

from zoetrope.engines.bundle import load_bundle
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.prepared import load_prepared
from zoetrope.training.data.tokens import shape_latents
from zoetrope.training.from_weights.warm_start import begin
from zoetrope.training.recipe import load_recipe
from zoetrope.training.run import distributed
from zoetrope.training.run.components import (
    check_source,
    learned_bodies,
    learned_motion,
    train_colours,
)
from zoetrope.training.run.curves import Curves
from zoetrope.training.run.export import finish
from zoetrope.training.run.loop import Progress
from zoetrope.training.stages import shape_field as shape_stages


@contextmanager
def _shape_process(recipe: str, data: Path, out: Path, device: str, source: Path | None) -> Iterator[None]:
    """Learn the bodies in a process of their own, which is done when this ends; it has a core."""
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
                remedy=f"See {out / 'shape.log'}; the same command goes on from its checkpoint.",
            )
    finally:
        child.terminate()
        torch.set_num_threads(threads)


def while_parent_lives(progress: Progress) -> Progress:
    """A progress that ends this process when the one that started it is gone.

    A killed run leaves its child behind; started again, two would write the same checkpoints.
    """
    parent = os.getppid()

    def told(stage: str, step: int, total: int, loss: float) -> None:
        if os.getppid() != parent:
            sys.exit(1)
        progress(stage, step, total, loss)

    return told


def train(
    recipe_name: str,
    data: Path,
    out: Path,
    weights: Path,
    progress: Progress | None = None,
    device: str = "cpu",
    source: Path | None = None,
) -> None:
    """Train a recipe to the end and export its weights.

    Parameters
    ----------
    recipe_name : str
        A shipped recipe or the path of a TOML file.
    data : Path
        Folder of `zoetrope prepare`.
    out : Path
        Run folder: checkpoints, read again when the run goes on after a kill.
    weights : Path
        Where the weights go when the last stage is done.
    device : str
        "cpu", "cuda" or "cuda:1": samples, networks and batches are there.
    source : Path, optional
        Folder of weights that learn on: the run begins from them instead of from nothing.
    """
    recipe = load_recipe(recipe_name)
    check_source(recipe, source)
    if recipe.frozen == "tokens":
        raise ValueError("train_diffusions trains recipes whose tokens stay")
    out.mkdir(parents=True, exist_ok=True)
    prepared = load_prepared(data).to(device)
    start = begin(source, recipe, prepared, out, progress) if source else None
    field, latents = shape_stages.pretrain(recipe, prepared, out, progress)
    if recipe.processes > 1 and distributed.size() == 1:
        with _shape_process(recipe_name, data, out, device, source):
            motion = learned_motion(recipe, prepared, out, latents, progress, start)
        bodies = learned_bodies(recipe, prepared, out, field, latents, progress, start)
    else:
        bodies = learned_bodies(recipe, prepared, out, field, latents, progress, start)
        motion = learned_motion(recipe, prepared, out, latents, progress, start)
    colours = train_colours(recipe, prepared, out, shape_latents(latents), progress)
    bodies = replace(bodies, colours=colours)
    finish(recipe, prepared, out, weights, bodies, motion)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    _recipe, _data, _out, _device, *_source = sys.argv[1:]
    _start = load_bundle(Path(*_source), _device) if _source else None
    _prepared = load_prepared(Path(_data), motion=False).to(_device)
    with Curves(Path(_out) / "log" / "shape") as _curves:
        _told = while_parent_lives(_curves)
        _chosen, _folder = load_recipe(_recipe), Path(_out)
        _field, _latents = shape_stages.pretrain(_chosen, _prepared, _folder, _told)
        learned_bodies(_chosen, _prepared, _folder, _field, _latents, _told, _start)
