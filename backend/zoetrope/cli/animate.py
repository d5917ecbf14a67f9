"""`zoetrope animate`: motion and a skeleton for meshes in glTF files."""

import json
import stat
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from zoetrope.cli.errors import console
from zoetrope.cli.literal import visible
from zoetrope.cli.options import AsJson, Device, DeviceName, NoReport, Weights, names_in
from zoetrope.engines import create_animator, create_engine
from zoetrope.engines.request import FPS, MAX_SEED, check_rate
from zoetrope.engines.weights.folders import find_weights
from zoetrope.errors import ZoetropeError

SUFFIXES = (".glb", ".gltf")


class RigName(StrEnum):
    """Which bones are keyed."""

    AUTO = "auto"
    DONOR = "donor"
    OWN = "own"
    NONE = "none"


def animate(
    mesh: Annotated[Path, typer.Option(help="A .glb or .gltf file, or a folder of them.")],
    out: Annotated[Path, typer.Option(help="The .glb file to write; for a folder of meshes, a folder.")],
    actions: Annotated[
        str | None,
        typer.Option(
            help="Actions of the mesh's kind, separated by commas: `zoetrope inspect` lists them. "
            "Default: walk, or what its kind does instead: swim, fly."
        ),
    ] = None,
    category: Annotated[
        str,
        typer.Option(help="Kind of creature, one of those of `zoetrope inspect`; empty: guessed."),
    ] = "",
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="The same seed, the same motion.")] = 0,
    facing: Annotated[
        float | None,
        typer.Option(min=-360.0, max=360.0, help="Degrees about the vertical that turn it to the front."),
    ] = None,
    donor: Annotated[
        str,
        typer.Option(help="Creature whose skeleton is used, of `zoetrope donors --list`; empty: the best."),
    ] = "",
    rig: Annotated[
        RigName,
        typer.Option(
            help="auto: own where the file's bones move the mesh, else donor; own: keys on the file's bones; "
            "donor: a new skeleton; none: morph targets."
        ),
    ] = RigName.AUTO,
    frames: Annotated[
        int | None, typer.Option(min=2, max=10_000, help="Frames of each clip; default: its own duration.")
    ] = None,
    fps: Annotated[float, typer.Option(min=FPS[0], max=FPS[1], help="Timeline frames a second.")] = 24.0,
    device: Device = DeviceName.AUTO,
    weights: Weights = None,
    quiet: NoReport = False,
    as_json: AsJson = False,
) -> None:
    """Animate the mesh of a glTF file, on its own bones or on a new skeleton: one animation an action.

    `zoetrope inspect` lists the actions of each kind, and so does docs/animating.md.
    """
    from zoetrope.engines.animate.request import AnimateRequest

    check_rate(fps)  # typer lets nan through
    names = None if actions is None else tuple(names_in(actions))
    output = "shape_keys" if rig == RigName.NONE else "armature"
    request = AnimateRequest(
        actions=names,
        category=category,
        donor=donor,
        facing=facing,
        seed=seed,
        fps=fps,
        frames=frames,
        output=output,
    )
    jobs = _jobs(mesh, out)
    animator = create_animator(create_engine("dnf", weights or find_weights(), device.value))
    failed = 0
    for source, target in jobs:
        began = time.perf_counter()
        try:
            with _StageBars(source.name, quiet) as on_progress:
                report = _animate_file(animator, source, target, request, rig, on_progress)
        except ZoetropeError as error:
            if len(jobs) == 1:
                raise
            failed += 1
            report = {"file": str(source), "error": error.message, "remedy": error.remedy}
        report["seconds"] = round(time.perf_counter() - began, 2)
        _print(report, as_json, quiet)
    if failed:
        raise ZoetropeError(
            f"{failed} of {len(jobs)} meshes could not be animated.", code="bad_mesh", remedy="See above."
        )


def _jobs(mesh: Path, out: Path) -> list[tuple[Path, Path]]:
    """Source and target of each file, checked before any work."""
    from zoetrope.clips.clip import bad_file
    from zoetrope.geometry.output_path import check_output

    try:
        folder = stat.S_ISDIR(mesh.stat().st_mode)
        sources = sorted(mesh.iterdir()) if folder else []
        sources = [path for path in sources if path.suffix.lower() in SUFFIXES and path.is_file()]
    except OSError as error:
        raise bad_file(mesh, error.strerror or "it is not readable", "Check its name.") from error
    if folder:
        if not sources:
            raise ZoetropeError(
                f"{mesh} holds no .glb or .gltf file.", code="bad_option", remedy="Choose another folder."
            )
        check_output(out)
        if out.suffix:
            raise ZoetropeError(
                "A folder of meshes is written to a folder.", code="bad_option", remedy="Give a new folder."
            )
        _check_names(sources)
        return [(source, out / f"{source.stem}.glb") for source in sources]
    if out.suffix.lower() != ".glb":
        raise ZoetropeError(
            f"{out.name}: animated meshes are written as .glb.", code="bad_option", remedy="Name it so."
        )
    check_output(out)
    if out.exists() and out.samefile(mesh):
        raise ZoetropeError(
            "The output is the mesh's own file.", code="bad_option", remedy="Choose another name."
        )
    return [(mesh, out)]


def _check_names(sources: list[Path]) -> None:
    """Refuse files of which one result would overwrite another's, also where case does not count."""
    found: dict[str, Path] = {}
    for source in sources:
        first = found.setdefault(source.stem.casefold(), source)
        if first != source:
            raise ZoetropeError(
                f"{first.name} and {source.name} would be written to the same file.",
                code="bad_option",
                remedy="Rename one of them.",
            )


def _animate_file(
    animator: Any,
    source: Path,
    target: Path,
    request: Any,
    rig: RigName,
    on_progress: Callable[[str, int, int], None],
) -> dict[str, Any]:
    from zoetrope.atomic_write import atomic_write
    from zoetrope.engines.animate.gltf.output import animated_glb
    from zoetrope.engines.animate.gltf.source import read_source

    file = read_source(source)
    if rig == RigName.AUTO:
        rig = RigName.OWN if file.has_rig() else RigName.DONOR
    own = file.rig() if rig == RigName.OWN else None
    result = animator.animate(file.vertices, file.faces, request, own, on_progress)
    data = animated_glb(file, result, request.fps)
    with atomic_write(target) as part:
        part.write_bytes(data)
    by_keys = result.output == "shape_keys"
    return {
        "file": str(target),
        "category": result.donor.category,
        "donor": result.donor.title,
        "cost": round(result.donor.cost, 4),
        "facing": result.facing,
        "confidence": round(result.confidence, 3),
        "donor_name": result.donor.name,
        "rig": RigName.NONE.value if by_keys else rig.value,
        "output": result.output,
        "joints": 0 if by_keys else len(result.skeleton.names),
        "shape_keys": sum(len(action.rotations) for action in result.actions) if by_keys else 0,
        "vertices": len(file.vertices),
        "megabytes": round(len(data) / 1e6, 2),
        "actions": [
            {
                "name": action.name,
                "frames": len(action.rotations),
                "cyclic": action.cyclic,
                "residual_mean": round(action.residual_mean, 5),
                "residual_p99": round(action.residual_p99, 5),
                "stretch_median": round(action.stretch_median, 4),
                "stretch_p99": round(action.stretch_p99, 4),
                "slip": round(action.slip, 4),
            }
            for action in result.actions
        ],
        "warnings": list(result.warnings),
        "stages": {stage: round(seconds, 2) for stage, seconds in result.seconds.items()},
    }


def _print(report: dict[str, Any], as_json: bool, quiet: bool) -> None:
    if as_json:
        print(json.dumps(report))
    elif not quiet:
        if "error" in report:
            console.print(f"{report['file']}: {report['error']} {report['remedy']}")
            return
        clips = ", ".join(action["name"] for action in report["actions"])
        console.print(
            f"{report['file']}: {clips}; {_moved_by(report)} (motion of {report['donor']}), "
            f"{report['megabytes']} MB, in {report['seconds']} s"
        )
        for warning in report["warnings"]:
            console.print(f"- {warning}")


def _moved_by(report: dict[str, Any]) -> str:
    """What moves the mesh of a report."""
    if report["rig"] == RigName.NONE:
        return f"{report['shape_keys']} shape keys"
    if report["rig"] == RigName.OWN:
        return f"{report['joints']} of your bones keyed"
    return f"new skeleton of {report['joints']} joints"


class _StageBars:
    """A progress bar a stage; used as a context that gives the callback."""

    def __init__(self, title: str, quiet: bool) -> None:
        self.title = visible(title)
        self.bar = Progress(
            TextColumn("{task.fields[title]} {task.description:>9}", markup=False),
            BarColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=quiet,
        )
        self.tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Callable[[str, int, int], None]:
        self.bar.start()
        return self.on_progress

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def on_progress(self, stage: str, step: int, total: int) -> None:
        """Show a stage's progress."""
        if stage not in self.tasks:
            self.tasks[stage] = self.bar.add_task(stage, total=total, title=self.title)
        self.bar.update(self.tasks[stage], completed=step, total=total)
