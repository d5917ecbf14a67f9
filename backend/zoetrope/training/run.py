"""A training run: prepared samples in, weights out; every stage resumes where it was killed."""

import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from zoetrope.engines.bundle import Bundle, Colours, load_bundle
from zoetrope.errors import ZoetropeError
from zoetrope.training import colour_stages, distributed, motion_stages, shape_stages
from zoetrope.training.coats import Coats
from zoetrope.training.data import Prepared, load_prepared
from zoetrope.training.export import export
from zoetrope.training.known import FILE, save_tokens
from zoetrope.training.log import Curves
from zoetrope.training.loop import Progress
from zoetrope.training.mirroring import with_mirrored_clips
from zoetrope.training.motion_diffusion import train_motion_diffusion
from zoetrope.training.recipe import Recipe, load_recipe
from zoetrope.training.shape_diffusion import train_shape_diffusion
from zoetrope.training.smoothing import smooth
from zoetrope.training.tables import Table
from zoetrope.training.tokens import motion_tokens, shape_latents, shape_tokens
from zoetrope.training.warm_start import begin

log = logging.getLogger(__name__)


def train_shape_part(
    recipe: Recipe, data: Prepared, out: Path, progress: Progress | None, start: Bundle | None = None
) -> None:
    """Dictionary and diffusion of the shape: what does not wait for the motion field."""
    field, latents = shape_stages.pretrain(recipe, data, out, progress)
    _, codes = shape_stages.finetune(recipe, data, out, field, latents, progress)
    tokens = shape_tokens(latents, codes, recipe.latent_only)
    train_shape_diffusion(recipe, data, out, tokens, progress, start)


def train_motion_part(
    recipe: Recipe,
    data: Prepared,
    out: Path,
    latents: Table,
    progress: Progress | None,
    start: Bundle | None = None,
) -> None:
    """Motion field, dictionary and diffusion: of the shape they need the latents only, as DNF's do."""
    field, motion_latents = motion_stages.pretrain(recipe, data, out, latents, progress)
    _, codes = motion_stages.finetune(recipe, data, out, latents, field, motion_latents, progress)
    tokens = motion_tokens(data, motion_latents, codes, recipe.latent_only)
    train_motion_diffusion(recipe, data, out, shape_latents(latents), tokens, progress, start)


def train_colours(
    recipe: Recipe, data: Prepared, out: Path, latents: Tensor, progress: Progress | None
) -> Colours | None:
    """Colour field and palettes of a recipe that has them apart from the shape."""
    if recipe.palette is None or not bool(data.coloured.any()):
        return None
    coats = Coats.of(data, recipe.palette.hues)
    field, table = colour_stages.train_field(recipe, recipe.palette, data, coats, out, latents, progress)
    palettes = table(torch.arange(len(coats), device=data.device))
    model = colour_stages.train_palettes(
        recipe, recipe.palette, data, coats, out, latents, palettes, progress
    )
    return Colours(field, model)


def check_source(recipe: Recipe, source: Path | None) -> None:
    """Refuse a recipe that keeps the bodies of weights where none are given."""
    if recipe.bodies_stay and source is None:
        raise ZoetropeError(
            f"The recipe {recipe.name} keeps the bodies of weights, and there are none.",
            code="bad_option",
            remedy="Give the folder of weights with --from.",
        )


def _without_bodies(recipe: Recipe, data: Prepared, start: Bundle) -> Recipe:
    """A recipe whose shape stage takes no step, for weights that have bodies of these categories."""
    known = [category.name for category in start.description.categories]
    if known != data.categories:
        raise ZoetropeError(
            f"The weights draw bodies of {', '.join(known)}, the data have {', '.join(data.categories)}.",
            code="bad_option",
            remedy="Use a recipe that learns bodies (shipped-cpu), or adopt.",
        )
    return replace(recipe, shape_finetuning=replace(recipe.shape_finetuning, steps=0))


def _shape_process(
    recipe: str, data: Path, out: Path, device: str, source: Path | None
) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "zoetrope.training.run", recipe, str(data), str(out), device]
    command += [str(source)] if source else []
    with (out / "shape.log").open("ab") as stream:
        return subprocess.Popen(
            command, stdout=stream, stderr=stream, env={**os.environ, "OMP_NUM_THREADS": "1"}
        )


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
    out.mkdir(parents=True, exist_ok=True)
    prepared = load_prepared(data)
    prepared = (with_mirrored_clips(prepared) if recipe.mirror else prepared).to(device)
    start = begin(source, recipe, prepared, out, progress) if source else None
    if recipe.bodies_stay and start:
        recipe = _without_bodies(recipe, prepared, start)
    field, latents = shape_stages.pretrain(recipe, prepared, out, progress)
    if recipe.processes > 1 and distributed.size() == 1 and not recipe.bodies_stay:
        threads = torch.get_num_threads()
        child = _shape_process(recipe_name, data, out, device, source)
        try:
            torch.set_num_threads(max(1, threads - 1))
            train_motion_part(recipe, prepared, out, latents, progress, start)
            if child.wait() != 0:
                raise ZoetropeError(
                    "Training the shape part failed.",
                    remedy=f"See {out / 'shape.log'}; the same command goes on from its checkpoint.",
                )
        finally:
            child.terminate()
            torch.set_num_threads(threads)
    dictionary, codes = shape_stages.finetune(recipe, prepared, out, field, latents, progress)
    motion_field, motion_latents = motion_stages.pretrain(recipe, prepared, out, latents, progress)
    motion_dictionary, motion_codes = motion_stages.finetune(
        recipe, prepared, out, latents, motion_field, motion_latents, progress
    )
    tokens = shape_tokens(latents, codes, recipe.latent_only)
    if recipe.bodies_stay and start:
        shape_model, colours = start.shape_model, start.colours
    else:
        shape_model = train_shape_diffusion(recipe, prepared, out, tokens, progress, start)
        colours = train_colours(recipe, prepared, out, shape_latents(latents), progress)
    motion = motion_tokens(prepared, motion_latents, motion_codes, recipe.latent_only)
    motion_model = train_motion_diffusion(
        recipe, prepared, out, shape_latents(latents), motion, progress, start
    )
    if distributed.rank():
        return
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
        Colours(colours.field.cpu(), colours.model.cpu()) if colours else None,
        # bodies that stay are extracted as they were
        start.description.gradient_bound if recipe.bodies_stay and start else None,
    )
    smooth(weights, out / FILE)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    _recipe, _data, _out, _device, *_source = sys.argv[1:]
    _start = load_bundle(Path(*_source), _device) if _source else None
    _prepared = load_prepared(Path(_data), motion=False).to(_device)
    with Curves(Path(_out) / "log" / "shape") as _curves:
        _told = while_parent_lives(_curves)
        train_shape_part(load_recipe(_recipe), _prepared, Path(_out), _told, _start)
