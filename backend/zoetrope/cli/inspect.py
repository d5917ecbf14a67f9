"""`zoetrope inspect`: what a creature's file, or a folder of weights, holds."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from zoetrope.cli.literal import LiteralConsole
from zoetrope.cli.options import AsJson
from zoetrope.engines.weights.folders import find_weights
from zoetrope.errors import ZoetropeError


def inspect(
    path: Annotated[
        Path | None,
        typer.Argument(
            help="A .glb, .gltf, .anime or .npz file, a folder of .obj frames, or a folder of weights; "
            "default: the shipped weights.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what the reader sees in a creature's file, with its problems; or what weights were trained on."""
    if path is not None and not _holds_weights(path):
        _inspect_creature(path, as_json)
        return
    if path is not None and not any((path / name).exists() for name in ("model.json", "checksums")):
        raise ZoetropeError(
            f"{path} holds neither .obj frames nor weights.",
            code="bad_file",
            remedy="Give a creature's file, a folder of .obj frames, or the folder with a model.json.",
        )
    folder = path or find_weights()
    if folder is None:
        raise ZoetropeError("There are no weights.", code="weights_missing", remedy="Give their folder.")
    _inspect_weights(folder, as_json)


def _holds_weights(path: Path) -> bool:
    return path.is_dir() and not any(path.glob("*.obj"))


def _inspect_creature(path: Path, as_json: bool) -> None:
    from zoetrope.clips.inspection import inspect_file

    report = inspect_file(path)
    if as_json:
        print(json.dumps(asdict(report)))
        return
    console = LiteralConsole(soft_wrap=True)
    console.print(
        f"{report.file}: {report.vertices} vertices, {report.faces} faces in {report.parts} parts, "
        f"{report.joints} joints, {report.morph_targets} morph targets, {report.colours} colours, "
        f"height {report.height:.3g}"
    )
    if report.clips:
        table = Table()
        for column in ("clip", "action", "seconds", "moves", "returns"):
            table.add_column(column)
        for clip in report.clips:
            flags = ("yes" if clip.moves else "no", "yes" if clip.returns_to_start else "no")
            table.add_row(clip.name, clip.action, f"{clip.seconds:.2f}", *flags)
        console.print(table)
    for problem in report.problems:
        console.print(f"- {problem.message} {problem.remedy}")
    if not report.problems:
        console.print("No problems found.")


def _inspect_weights(folder: Path, as_json: bool) -> None:
    from zoetrope.engines.weights.bundle import bundle_checksum

    description = _checked_description(folder)
    checksum = bundle_checksum(folder)
    if as_json:
        print(json.dumps({"folder": str(folder), "checksum": checksum, **asdict(description)}))
        return
    engine = getattr(description, "engine", "dnf")
    size = f"{description.parameters / 1e6:.1f} M parameters"
    table = Table(title=f"{description.name} ({engine}): {size}, checksums right")
    for column in ("category", "height (m)", "actions (clips)"):
        table.add_column(column)
    for category in description.categories:
        actions = ", ".join(f"{action.name} ({action.clips})" for action in category.actions)
        table.add_row(category.name, str(category.height), actions)
    LiteralConsole().print(table)


def _checked_description(folder: Path) -> Any:
    """Load weights of any engine, which checks all their files; return their description."""
    from zoetrope.engines.hyperdiffusion.weights import load_hyper_weights
    from zoetrope.engines.voxels.weights import load_voxel_weights
    from zoetrope.engines.weights.bundle import load_bundle
    from zoetrope.engines.weights.engine_name import engine_of_weights

    engine = engine_of_weights(folder)
    if engine == "hyperdiffusion":
        return load_hyper_weights(folder).description
    if engine == "voxels":
        return load_voxel_weights(folder)[0]
    return load_bundle(folder).description
