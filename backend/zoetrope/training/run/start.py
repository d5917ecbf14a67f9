"""Start or resume a run: prepare samples, fit the recipe to the minutes, train what the recipe trains."""

import os
from contextlib import nullcontext
from pathlib import Path

from zoetrope.engines.weights.bundle import bundle_checksum
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.folder_settings import keep_settings
from zoetrope.training.data.preparation import prepare
from zoetrope.training.data.prepared_samples import load_prepared
from zoetrope.training.data.sources import Source
from zoetrope.training.from_weights.adopt import adopt
from zoetrope.training.from_weights.compatibility import check_source
from zoetrope.training.from_weights.diffusions_only import train_diffusions
from zoetrope.training.hyperdiffusion.run import train_hyperdiffusion
from zoetrope.training.optimisation.distributed import barrier, process_group, rank
from zoetrope.training.recipe import engine_of, load_recipe
from zoetrope.training.run.curves import Curves
from zoetrope.training.run.time_budget import recipe_within_budget
from zoetrope.training.run.train import train
from zoetrope.training.run_files import GRIDS, LOG, OCCUPANCY
from zoetrope.training.voxels.run import train_voxels

OTHER_ENGINES = {"hyperdiffusion": train_hyperdiffusion, "voxels": train_voxels}
"""Engines besides dnf -> what trains a recipe of theirs."""


def run_recipe(
    name: str,
    creatures: Source,
    out: Path,
    device: str = "cpu",
    source: Path | None = None,
    minutes: float | None = None,
) -> Path:
    """Train a recipe on creatures and return the folder of the new weights; resumes where it was stopped.

    Under torchrun every process calls this.

    Parameters
    ----------
    name : str
        A shipped recipe or the path of a TOML file.
    out : Path
        Run folder: samples, checkpoints, curves and, at the end, weights.
    device : str
        "cpu" or "cuda"; under torchrun each process takes its own.
    source : Path, optional
        Folder of weights that the run starts from.
    minutes : float, optional
        Shorten the stages until they fit.

    Raises
    ------
    ZoetropeError
        Code "bad_option": recipe, weights, minutes and creatures do not fit together.
    """
    if engine_of(name) in OTHER_ENGINES:
        return _run_other_engine(name, creatures, out, device, source, minutes)
    recipe, weights = load_recipe(name), out / "weights"
    check_source(recipe, source)
    if minutes and recipe.frozen == "tokens":
        raise ZoetropeError(
            f"The recipe {name} cannot be shortened by --minutes.",
            code="bad_option",
            remedy="Give a recipe with fewer steps (base = ...).",
        )
    with process_group(device) as local_device:
        if rank() == 0:
            from_weights = bundle_checksum(source)[:16] if source else ""
            _refuse_run_of_another_engine(out, "dnf", OCCUPANCY, GRIDS)
            settings = {"recipe": recipe.name, "from": from_weights}
            keep_settings(out / "settings.json", settings, "a run")
        if rank() == 0 and recipe.frozen != "tokens":
            prepare(creatures, out / "data", recipe.data)
        barrier()
        if minutes:
            name = recipe_within_budget(name, out, minutes, local_device, source)
            recipe = load_recipe(name)
        with Curves(out / LOG) if rank() == 0 else nullcontext() as curves:
            if source and recipe.frozen == "tokens":
                entries = creatures.creatures(recipe.data)
                train_diffusions(recipe, entries, out, weights, source, curves, local_device)
            elif source and recipe.frozen == "fields":
                prepared = load_prepared(out / "data").to(local_device)
                adopt(source, recipe, prepared, out, weights, curves, out.resolve().name)
            else:
                train(name, out / "data", out, weights, curves, local_device, source)
    return weights


def _run_other_engine(
    name: str, creatures: Source, out: Path, device: str, source: Path | None, minutes: float | None
) -> Path:
    for option, value in (("--from", source), ("--minutes", minutes)):
        if value is not None:
            raise ZoetropeError(
                f"The engine {engine_of(name)} is trained without {option}.",
                code="bad_option",
                remedy="Leave it out; a recipe of your own (base = ...) may have fewer points and steps.",
            )
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ZoetropeError(
            f"The engine {engine_of(name)} is trained in one process.",
            code="bad_option",
            remedy="Start it without torchrun.",
        )
    _refuse_run_of_another_engine(out, engine_of(name), "settings.json")
    with Curves(out / LOG / Path(name).stem) as curves:
        return OTHER_ENGINES[engine_of(name)](name, creatures, out, device, curves)


def _refuse_run_of_another_engine(out: Path, engine: str, *its_files: str) -> None:
    """Raise if a run folder holds what only runs of other engines write."""
    if any((out / name).exists() for name in its_files):
        raise ZoetropeError(
            f"{out} is the folder of a run of another engine than {engine}.",
            code="bad_option",
            remedy="Choose another folder with --out.",
        )
