"""`zoetrope prepare` and `zoetrope train`: from creature files to weights."""

import logging
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from zoetrope.cli.options import Device, DeviceName, OwnCreatures, Quiet, Recipe, SharedFolder


def prepare(
    out: Annotated[Path, typer.Option(help="Folder for the samples (about 6 GB for `shipped`).")],
    shared: SharedFolder = None,
    data: OwnCreatures = None,
    recipe: Recipe = "shipped",
    processes: Annotated[int, typer.Option(min=0, help="Worker processes; 0: as many as cores.")] = 0,
) -> None:
    """Sample signed distances and motion of the training creatures; resumes where it was stopped."""
    from zoetrope.training.data.preparation import prepare as run_preparation
    from zoetrope.training.data.sources import open_source
    from zoetrope.training.recipe import load_recipe

    run_preparation(open_source(data, shared), out, load_recipe(recipe).data, processes=processes)


def train(
    recipe: Annotated[
        str | None,
        typer.Option(
            help="Recipe: the name of a shipped one, or a .toml file. Default: shipped; with --from: adopt."
        ),
    ] = None,
    shared: SharedFolder = None,
    data: OwnCreatures = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Folder of weights to start from. The recipe adopt adds new creatures with frozen fields "
            "(half an hour for a few), by_clip-shape takes the shape field, other recipes of dnf "
            "train everything further. The other engines start anew.",
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
            "are shortened. Of dnf alone, and not for motion-diffusion-cpu.",
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
    from zoetrope.training.data.sources import open_source
    from zoetrope.training.recipe import engine_of
    from zoetrope.training.run.start import run_recipe

    # Ended like this, a run writes down the time it took and ends its child process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    first_process = os.environ.get("RANK", "0") == "0"
    if not quiet and first_process:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    name = recipe or ("adopt" if source else "shipped")
    chosen_device = select_device(device.value, sparse=True)
    weights = run_recipe(name, open_source(data, shared), out, chosen_device, source, minutes)
    if first_process:
        print(weights)
        engine = engine_of(name)
        option = "" if engine == "dnf" else f" --engine {engine}"
        print(f"Generate with them: zoetrope generate{option} --weights {weights} --out creature.glb")
        if engine == "dnf":
            print(f"In Blender: set ZOETROPE_WEIGHTS={weights.resolve()} before it starts.")
        elif engine == "hyperdiffusion":
            print(f"In Blender: copy them into the folder of dnf's weights, as {engine}/.")
