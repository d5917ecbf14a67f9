"""`zoetrope prepare` and `zoetrope train`: from creature files to weights."""

import logging
import os
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from zoetrope.cli.options import Device, DeviceName, OwnCreatures, Quiet, Recipe, SharedFolder
from zoetrope.errors import ZoetropeError

SHARED = Path("../shared")


def prepare(
    out: Annotated[Path, typer.Option(help="Folder for the samples (about 6 GB for `shipped`).")],
    shared: SharedFolder = SHARED,
    data: OwnCreatures = None,
    recipe: Recipe = "shipped",
    processes: Annotated[int, typer.Option(min=0, help="Worker processes; 0: as many as cores.")] = 0,
) -> None:
    """Sample signed distances and motion of the training creatures; resumes where it was stopped."""
    from zoetrope.training.data.preparation import prepare as run_preparation
    from zoetrope.training.data.sources import FolderSource, SharedSource
    from zoetrope.training.recipe import load_recipe

    source = FolderSource(data) if data else SharedSource(shared)
    run_preparation(source, out, load_recipe(recipe).data, processes=processes)


def train(
    recipe: Annotated[
        str | None,
        typer.Option(
            help="Recipe: the name of a shipped one, or a .toml file. Default: shipped; with --from: adopt."
        ),
    ] = None,
    shared: SharedFolder = SHARED,
    data: OwnCreatures = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Folder of weights to start from. The recipe adopt adds new creatures with frozen fields "
            "(half an hour for a few); other recipes train everything further.",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Run folder: samples, checkpoints and, at the end, weights.")
    ] = Path("runs/shipped"),
    minutes: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            help="Shorten all stages by one factor until they fit into these minutes on this machine "
            "(without preparation); a resumed run keeps its number of steps. Of adopt, the diffusions alone "
            "are shortened. Not for motion-diffusion-cpu.",
        ),
    ] = None,
    device: Device = DeviceName.AUTO,
    quiet: Quiet = False,
) -> None:
    """Train weights on animated creatures; resumes where it was stopped.

    Under torchrun (`torchrun --nproc-per-node 2 -m zoetrope train ...`) all processes train one run together;
    all of them must see the run folder.
    """
    from zoetrope.engines.devices import select_device
    from zoetrope.training.data.preparation import prepare as run_preparation
    from zoetrope.training.data.prepared_samples import load_prepared
    from zoetrope.training.data.sources import FolderSource, SharedSource
    from zoetrope.training.from_weights.adopt import adopt
    from zoetrope.training.from_weights.compatibility import check_source
    from zoetrope.training.from_weights.diffusions_only import train_diffusions
    from zoetrope.training.optimisation.distributed import barrier, process_group, rank
    from zoetrope.training.recipe import load_recipe
    from zoetrope.training.run.curves import Curves
    from zoetrope.training.run.time_budget import recipe_within_budget
    from zoetrope.training.run.train import train as run_training

    first_process = os.environ.get("RANK", "0") == "0"
    if not quiet and first_process:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    name = recipe or ("adopt" if source else "shipped")
    chosen = load_recipe(name)
    check_source(chosen, source)
    if minutes and chosen.frozen == "tokens":
        raise ZoetropeError(
            f"The recipe {name} cannot be shortened by --minutes.",
            code="bad_option",
            remedy="Give a recipe with fewer steps (base = ...).",
        )
    creatures = FolderSource(data) if data else SharedSource(shared)
    with process_group(select_device(device.value, sparse=True)) as local_device:
        if rank() == 0 and chosen.frozen != "tokens":
            run_preparation(creatures, out / "data", chosen.data)
        barrier()
        if minutes:
            name = recipe_within_budget(name, out, minutes, local_device, source)
            chosen = load_recipe(name)
        with Curves(out / "log") if rank() == 0 else nullcontext() as curves:
            if source and chosen.frozen == "tokens":
                entries = creatures.creatures(chosen.data)
                train_diffusions(chosen, entries, out, out / "weights", source, curves, local_device)
            elif source and chosen.frozen == "fields":
                prepared = load_prepared(out / "data").to(local_device)
                adopt(source, chosen, prepared, out, out / "weights", curves, out.resolve().name)
            else:
                run_training(name, out / "data", out, out / "weights", curves, local_device, source)
    if first_process:
        print(out / "weights")
        print(f"Generate with them: zoetrope generate --weights {out / 'weights'} --out creature.glb")
        print(f"In Blender: set ZOETROPE_WEIGHTS={(out / 'weights').resolve()} before it starts.")
