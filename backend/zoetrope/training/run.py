"""A training run: prepared samples in, weights out; every stage resumes where it was killed."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import torch

from zoetrope.errors import ZoetropeError
from zoetrope.training import motion_stages, shape_stages
from zoetrope.training.data import Prepared, load_prepared
from zoetrope.training.export import export
from zoetrope.training.known import FILE, save_tokens
from zoetrope.training.loop import Progress
from zoetrope.training.motion_diffusion import train_motion_diffusion
from zoetrope.training.recipe import Recipe, load_recipe
from zoetrope.training.shape_diffusion import train_shape_diffusion
from zoetrope.training.smoothing import smooth
from zoetrope.training.tokens import motion_tokens, shape_latents, shape_tokens

log = logging.getLogger(__name__)


def _shape_diffusion_process(recipe: str, data: Path, out: Path, device: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "zoetrope.training.run", recipe, str(data), str(out), device]
    with (out / "shape.log").open("ab") as stream:
        return subprocess.Popen(
            command, stdout=stream, stderr=stream, env={**os.environ, "OMP_NUM_THREADS": "1"}
        )


def _shape_diffusion(recipe: Recipe, data: Prepared, out: Path) -> None:
    """The shape's diffusion; the stages before it are read from their checkpoints."""
    field, latents = shape_stages.pretrain(recipe, data, out, None)
    _, codes = shape_stages.finetune(recipe, data, out, field, latents, None)
    train_shape_diffusion(recipe, data, out, shape_tokens(latents, codes, recipe.latent_only), None)


def train(
    recipe_name: str,
    data: Path,
    out: Path,
    weights: Path,
    progress: Progress | None = None,
    device: str = "cpu",
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
        "cpu", "cuda" or "mps": samples, networks and batches are there.
    """
    recipe = load_recipe(recipe_name)
    out.mkdir(parents=True, exist_ok=True)
    prepared = load_prepared(data).to(device)
    field, latents = shape_stages.pretrain(recipe, prepared, out, progress)
    dictionary, codes = shape_stages.finetune(recipe, prepared, out, field, latents, progress)
    motion_field, motion_latents = motion_stages.pretrain(recipe, prepared, out, latents, progress)
    motion_dictionary, motion_codes = motion_stages.finetune(
        recipe, prepared, out, latents, motion_field, motion_latents, progress
    )
    tokens = shape_tokens(latents, codes, recipe.latent_only)
    motion = motion_tokens(prepared, motion_latents, motion_codes, recipe.latent_only)
    of_bodies = shape_latents(latents)
    threads = torch.get_num_threads()
    child = _shape_diffusion_process(recipe_name, data, out, device) if recipe.processes > 1 else None
    try:
        torch.set_num_threads(max(1, threads - 1) if child else threads)
        motion_model = train_motion_diffusion(recipe, prepared, out, of_bodies, motion, progress)
        if child and child.wait() != 0:
            raise ZoetropeError(
                "Training the shape's diffusion failed.",
                remedy=f"See {out / 'shape.log'}; the same command goes on from its checkpoint.",
            )
    finally:
        if child:
            child.terminate()
        torch.set_num_threads(threads)
    shape_model = train_shape_diffusion(recipe, prepared, out, tokens, progress)
    tokens, motion = tokens.cpu(), motion.cpu()
    save_tokens(out / FILE, prepared, tokens, motion)
    export(
        recipe,
        prepared.to("cpu"),
        weights,
        field.cpu(),
        dictionary.cpu(),
        motion_field.cpu(),
        motion_dictionary.cpu(),
        shape_model.cpu(),
        motion_model.cpu(),
        tokens,
    )
    if not recipe.motion_diffusion.coloured:
        smooth(weights, out / FILE)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    _recipe, _data, _out, _device = sys.argv[1:5]
    _prepared = load_prepared(Path(_data), motion=False).to(_device)
    _shape_diffusion(load_recipe(_recipe), _prepared, Path(_out))
