"""The console command `zoetrope`."""

import json
import logging
import os
import time
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from zoetrope import __version__
from zoetrope.engines import create_engine, find_weights
from zoetrope.engines.base import DETAILS, GenerateRequest
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.commands import app as evaluate_app

app = typer.Typer(
    help="Generates animated creatures on your own machine.", no_args_is_help=True, add_completion=False
)
app.add_typer(evaluate_app, name="evaluate")
inspect_app = typer.Typer(help="Look into files.", no_args_is_help=True)
app.add_typer(inspect_app, name="inspect")
errors = Console(stderr=True, soft_wrap=True, highlight=False)


class Engines(StrEnum):
    """Names of `zoetrope.engines.ENGINES`."""

    DNF = "dnf"
    PROCEDURAL = "procedural"


class Devices(StrEnum):
    """Where torch can work."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


Weights = Annotated[
    Path | None, typer.Option(help="Folder of the weights; the shipped ones where not given.")
]
EngineOption = Annotated[Engines, typer.Option("--engine", help="What draws the creature.")]
Device = Annotated[Devices, typer.Option(help="Where the work runs; auto takes a GPU if there is one.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bars.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]


def fail(error: ZoetropeError) -> NoReturn:
    """Say what is wrong and how to mend it; exit status 1."""
    errors.print(f"[red]Error:[/] {error}")
    raise typer.Exit(1)


@app.command()
def generate(
    out: Annotated[
        Path, typer.Option(help="File to write: .glb, .npz, .anime, or a folder for an OBJ sequence.")
    ],
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Same number, same creature.")] = 0,
    category: Annotated[str, typer.Option(help="Kind of creature; empty: any.")] = "quadruped",
    action: Annotated[str, typer.Option(help="What it does; empty: anything.")] = "walk",
    frames: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Length of the timeline in frames. A loop fills it with whole cycles near its own speed; "
            "a one-way clip is stretched to it. Without it: the model's own duration.",
        ),
    ] = None,
    fps: Annotated[float, typer.Option(min=1.0, max=1000.0, help="Timeline frames a second.")] = 24.0,
    detail: Annotated[
        int, typer.Option(help=f"Grid cells along the box: {', '.join(map(str, DETAILS))}.")
    ] = 128,
    height: Annotated[
        float | None, typer.Option(min=0.001, help="Height in metres; the kind's typical one if not given.")
    ] = None,
    palette: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=2**31 - 1,
            help="Another number paints the same creature anew; its seed's own if not given.",
        ),
    ] = None,
    device: Device = Devices.AUTO,
    engine: EngineOption = Engines.DNF,
    weights: Weights = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Draw one animated creature and write it to a file."""
    from zoetrope.geometry.writers import check_suffix, write

    began = time.perf_counter()
    bar = Progress(
        TextColumn("{task.description:>8}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        console=errors,
        disable=quiet,
    )
    tasks: dict[str, Any] = {}

    def on_progress(stage: str, step: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bar.add_task(stage, total=total)
        bar.update(tasks[stage], completed=step, total=total)

    try:
        check_suffix(out)
        request = GenerateRequest(category, action, seed, frames, fps, detail, height, palette)
        with bar:
            made = create_engine(engine.value, weights or find_weights(), device.value)
            sequence = made.generate(request, on_progress)
            write(sequence, out)
    except ZoetropeError as error:
        fail(error)
    except KeyboardInterrupt:
        errors.print("Interrupted: nothing was written.")
        raise typer.Exit(130) from None
    count, vertices, _ = sequence.vertices.shape
    said = {
        "file": str(out),
        "vertices": vertices,
        "faces": len(sequence.faces),
        "frames": count,
        "seconds": round(time.perf_counter() - began, 2),
        "travel_speed": round(sequence.travel_speed, 3),
    }
    if as_json:
        print(json.dumps(said))
    elif not quiet:
        errors.print(f"{out}: {vertices} vertices, {count} frames, in {said['seconds']} s")


@app.command()
def serve(
    weights: Weights = None,
    device: Device = Devices.AUTO,
    engine: EngineOption = Engines.DNF,
) -> None:
    """Answer JSON-RPC requests on stdin and stdout (see docs/protocol.md)."""
    from zoetrope.service.server import run

    run(lambda: create_engine(engine.value, weights or find_weights(), device.value))


@inspect_app.command("weights")
def inspect_weights(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of the weights; the shipped ones if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the weights and say what they hold."""
    from dataclasses import asdict

    from zoetrope.engines.bundle import bundle_checksum, load_bundle

    where = folder or find_weights()
    try:
        if where is None:
            raise ZoetropeError("There are no weights.", code="weights_missing", remedy="Give their folder.")
        description = load_bundle(where).description
        checksum = bundle_checksum(where)
    except ZoetropeError as error:
        fail(error)
    if as_json:
        print(json.dumps({"folder": str(where), "checksum": checksum, **asdict(description)}))
        return
    table = Table(
        title=f"{description.name}: {description.parameters / 1e6:.1f} M parameters, checksums right"
    )
    for column in ("category", "height (m)", "actions (clips)"):
        table.add_column(column)
    for c in description.categories:
        actions = ", ".join(f"{a.name} ({a.clips})" for a in c.actions)
        table.add_row(c.name, str(c.height), actions)
    Console().print(table)


Shared = Annotated[Path, typer.Option(help="Folder that holds data/creatures, labels and splits.")]
OwnData = Annotated[
    Path | None,
    typer.Option(
        help="Folder of your own animated .glb, .gltf and .anime files, instead of the shared creatures; "
        "sub-folders are named after kinds."
    ),
]


@app.command()
def prepare(
    out: Annotated[Path, typer.Option(help="Folder for the prepared samples (about 1.2 GB for `first`).")],
    shared: Shared = Path("../shared"),
    data: OwnData = None,
    recipe: Annotated[str, typer.Option(help="Recipe: a shipped name or a .toml file.")] = "first",
    processes: Annotated[int, typer.Option(min=0, help="Bodies at once; 0: as many as cores.")] = 0,
) -> None:
    """Sample distances and motion of the training creatures; goes on where it was stopped."""
    from zoetrope.training.preparation import prepare as run_preparation
    from zoetrope.training.recipe import load_recipe
    from zoetrope.training.sources import FolderSource, SharedSource

    try:
        source = FolderSource(data) if data else SharedSource(shared)
        run_preparation(source, out, load_recipe(recipe).data, processes=processes)
    except ZoetropeError as error:
        fail(error)


@app.command()
def train(
    recipe: Annotated[
        str | None,
        typer.Option(help="Recipe: a shipped name or a .toml file. Not given: first; with --from: adopt."),
    ] = None,
    shared: Shared = Path("../shared"),
    data: OwnData = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Folder of weights to begin from. With the recipe adopt they learn to draw the creatures as "
            "well, in minutes, and their fields stay as they are; with any other all of them learns on.",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Run folder: samples, checkpoints and, at the end, weights.")
    ] = Path("runs/first"),
    minutes: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            help="Shorten all stages alike until they fit into so many minutes here (the preparation comes "
            "on top); a run that goes on keeps the steps it began with.",
        ),
    ] = None,
    device: Device = Devices.AUTO,
    quiet: Quiet = False,
) -> None:
    """Train weights from animated creatures; goes on where it was stopped.

    Under torchrun (`torchrun --nproc-per-node 2 -m zoetrope train ...`) all processes train one run together;
    the run folder must be one that all of them see.
    """
    from zoetrope.engines.devices import chosen_device
    from zoetrope.training.adoption import adopt
    from zoetrope.training.budget import fitted
    from zoetrope.training.data import load_prepared
    from zoetrope.training.diffusions_alone import train_diffusions
    from zoetrope.training.distributed import rank, team, together
    from zoetrope.training.log import Curves
    from zoetrope.training.parts import check_source
    from zoetrope.training.preparation import prepare as run_preparation
    from zoetrope.training.recipe import load_recipe
    from zoetrope.training.run import train as run_training
    from zoetrope.training.sources import FolderSource, SharedSource

    if not quiet and os.environ.get("RANK", "0") == "0":
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    name = recipe or ("adopt" if source else "first")
    try:
        chosen = load_recipe(name)
        check_source(chosen, source)
        if minutes and chosen.stays:
            raise ZoetropeError(
                f"The recipe {name} cannot be shortened by --minutes.",
                code="bad_option",
                remedy="Give a recipe with fewer steps (base = ...).",
            )
        where = chosen_device(device.value, sparse=True)
        creatures = FolderSource(data) if data else SharedSource(shared)
        with team(where) as where:
            if rank() == 0 and chosen.stays != "tokens":
                run_preparation(creatures, out / "data", chosen.data)
            together()
            if minutes:
                name = fitted(name, out, minutes, where)
            with Curves(out / "log") if rank() == 0 else nullcontext() as curves:
                if source and chosen.stays == "tokens":
                    entries = creatures.creatures(chosen.data)
                    train_diffusions(chosen, entries, out, out / "weights", source, curves, where)
                elif source and chosen.stays == "fields":
                    prepared = load_prepared(out / "data").to(where)
                    adopt(source, chosen, prepared, out, out / "weights", curves)
                else:
                    run_training(name, out / "data", out, out / "weights", curves, where, source)
    except ZoetropeError as error:
        fail(error)
    except KeyboardInterrupt:
        errors.print("Interrupted: run the same command again to go on.")
        raise typer.Exit(130) from None
    if os.environ.get("RANK", "0") == "0":  # the others end while the first still writes
        print(out / "weights")


def _version(value: bool) -> None:
    if value:
        print(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Generates animated creatures on your own machine."""


def main() -> None:
    """Entry point of the console command."""
    app(prog_name="zoetrope")


if __name__ == "__main__":
    main()
