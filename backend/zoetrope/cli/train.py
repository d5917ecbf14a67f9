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
    processes: Annotated[int, typer.Option(min=0, help="Bodies at once; 0: as many as cores.")] = 0,
) -> None:
    """Sample signed distances and motion of the training creatures; continues where it was stopped."""
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
            help="Folder of weights to start from. With the recipe adopt their diffusions learn the new "
            "creatures in minutes and their fields stay frozen; with other recipes everything is trained on.",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Run folder: samples, checkpoints and, at the end, weights.")
    ] = Path("runs/shipped"),
    minutes: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            help="Shorten all stages by one factor until they fit into so many minutes here (preparation "
            "not included); a continued run keeps its first number of steps.",
        ),
    ] = None,
    device: Device = DeviceName.AUTO,
    quiet: Quiet = False,
) -> None:
    """Train weights from animated creatures; continues where it was stopped.

    Under torchrun (`torchrun --nproc-per-node 2 -m zoetrope train ...`) all processes train one run together;
    all of them must see the run folder.
    """
    from zoetrope.engines.devices import select_device
    from zoetrope.training.data.preparation import prepare as run_preparation
    from zoetrope.training.data.prepared import load_prepared
    from zoetrope.training.data.sources import FolderSource, SharedSource
    from zoetrope.training.from_weights.adopt import adopt
    from zoetrope.training.from_weights.diffusions_only import train_diffusions
    from zoetrope.training.recipe import load_recipe
    from zoetrope.training.run.components import check_source
    from zoetrope.training.run.curves import Curves
    from zoetrope.training.run.distributed import rank, team, together
    from zoetrope.training.run.time_budget import fitted
    from zoetrope.training.run.train import train as run_training

    first_process = os.environ.get("RANK", "0") == "0"
    if not quiet and first_process:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    name = recipe or ("adopt" if source else "shipped")
    chosen = load_recipe(name)
    check_source(chosen, source)
    if minutes and chosen.frozen:
        raise ZoetropeError(
            f"The recipe {name} cannot be shortened by --minutes.",
            code="bad_option",
            remedy="Give a recipe with fewer steps (base = ...).",
        )
    where = select_device(device.value, sparse=True)
    creatures = FolderSource(data) if data else SharedSource(shared)
    with team(where) as where:
        if rank() == 0 and chosen.frozen != "tokens":
            run_preparation(creatures, out / "data", chosen.data)
        together()
        if minutes:
            name = fitted(name, out, minutes, where)
        with Curves(out / "log") if rank() == 0 else nullcontext() as curves:
            if source and chosen.frozen == "tokens":
                entries = creatures.creatures(chosen.data)
                train_diffusions(chosen, entries, out, out / "weights", source, curves, where)
            elif source and chosen.frozen == "fields":
                prepared = load_prepared(out / "data").to(where)
                adopt(source, chosen, prepared, out, out / "weights", curves)
            else:
                run_training(name, out / "data", out, out / "weights", curves, where, source)
    if first_process:  # the other processes end while the first still writes
        print(out / "weights")
