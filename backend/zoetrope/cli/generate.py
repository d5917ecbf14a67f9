"""`zoetrope generate`: one animated creature into a file."""

import json
import math
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from zoetrope.cli.errors import console
from zoetrope.cli.options import AsJson, Device, DeviceName, Engine, EngineName, Quiet, Weights
from zoetrope.engines import create_engine, find_weights
from zoetrope.engines.base import DETAILS, MAX_SEED, GenerateRequest
from zoetrope.errors import ZoetropeError


def generate(
    out: Annotated[
        Path, typer.Option(help="File to write: .glb, .npz, .anime, or a folder for an OBJ sequence.")
    ],
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="The same seed, the same creature.")] = 0,
    category: Annotated[str, typer.Option(help="Kind of creature; empty for any.")] = "quadruped",
    action: Annotated[str, typer.Option(help="What it does; empty for anything.")] = "walk",
    frames: Annotated[
        int | None,
        typer.Option(
            min=2,
            max=10_000,
            help="Length of the timeline in frames. A loop fills it with whole cycles near its own speed; "
            "a one-way clip is stretched to it. Default: the clip's own duration.",
        ),
    ] = None,
    fps: Annotated[float, typer.Option(min=1.0, max=1000.0, help="Timeline frames a second.")] = 24.0,
    detail: Annotated[
        int, typer.Option(help=f"Grid cells along the box: {', '.join(map(str, DETAILS))}.")
    ] = 128,
    height: Annotated[
        float | None,
        typer.Option(min=0.001, max=1000.0, help="Height in metres; default: typical for the category."),
    ] = None,
    palette: Annotated[
        int | None,
        typer.Option(min=0, max=MAX_SEED, help="Seed of the colours alone; default: the creature's seed."),
    ] = None,
    compact: Annotated[
        bool,
        typer.Option(
            "--compact", help="16-bit morph targets in .glb (KHR_mesh_quantization): half the size."
        ),
    ] = False,
    device: Device = DeviceName.AUTO,
    engine: Engine = EngineName.DNF,
    weights: Weights = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Generate one animated creature and write it to a file."""
    from zoetrope.geometry.output_path import check_output
    from zoetrope.geometry.writers import write_sequence

    began = time.perf_counter()
    bar = Progress(
        TextColumn("{task.description:>8}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        console=console,
        disable=quiet,
    )
    tasks: dict[str, TaskID] = {}

    def on_progress(stage: str, step: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bar.add_task(stage, total=total)
        bar.update(tasks[stage], completed=step, total=total)

    check_output(out)
    if height is not None and not math.isfinite(height):
        raise ZoetropeError("The height is not a number.", code="bad_option", remedy="Give metres.")
    request = GenerateRequest(category, action, seed, frames, fps, detail, height, palette)
    with bar:
        sequence = create_engine(engine.value, weights or find_weights(), device.value).generate(
            request, on_progress
        )
        write_sequence(sequence, out, compact=compact)
    count, vertices, _ = sequence.vertices.shape
    summary = {
        "file": str(out),
        "category": sequence.category or "any",
        "action": sequence.action or "any",
        "vertices": vertices,
        "faces": len(sequence.faces),
        "frames": count,
        "seconds": round(time.perf_counter() - began, 2),
        "travel_speed": round(sequence.travel_speed, 3),
        "megabytes": round(_size(out) / 1e6, 2),
    }
    if as_json:
        print(json.dumps(summary))
    elif not quiet:
        size = f"{summary['megabytes']} MB"
        label = f"{summary['category']}, {summary['action']}"
        console.print(
            f"{out} ({label}): {vertices} vertices, {count} frames, {size}, in {summary['seconds']} s"
        )


def _size(path: Path) -> int:
    """Return the bytes of a file, or of the files in a folder."""
    files = path.iterdir() if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files)
