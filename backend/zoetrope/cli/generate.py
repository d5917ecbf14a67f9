"""`zoetrope generate`: one animated creature into a file."""

import json
import time
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from zoetrope.assets.limits import MAX_FACES, MIN_FACES, TEXTURE_SIZES, check_budget, check_texture
from zoetrope.bodies.maps.body_shape import PROPORTIONS
from zoetrope.cli.body_options import read_morph, read_proportions
from zoetrope.cli.errors import console
from zoetrope.cli.options import AsJson, Device, DeviceName, Engine, EngineName, NoReport, Weights, names_in
from zoetrope.engines import create_engine
from zoetrope.engines.progress import OnProgress
from zoetrope.engines.request import DETAILS, FPS, HEIGHT, MAX_MORPH, MAX_SEED, GenerateRequest
from zoetrope.engines.weights.folders import find_weights
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.mesh_level import MAX_LEVELS

WITHOUT_EFFECT = ("compact", "faces", "fps", "frames", "levels_of_detail", "texture")
"""Options that mesh frames cannot follow."""


class OutputName(StrEnum):
    """What moves the mesh."""

    ARMATURE = "armature"
    SHAPE_KEYS = "shape_keys"
    MESH_FRAMES = "mesh_frames"


def generate(
    out: Annotated[
        Path, typer.Option(help="File to write: .glb, .npz, .anime, or a folder for an OBJ sequence.")
    ],
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="The same seed, the same creature.")] = 0,
    category: Annotated[str, typer.Option(help="Kind of creature; empty for any.")] = "quadruped",
    action: Annotated[
        str | None,
        typer.Option(
            help="What it does; empty for anything. Default: walk, or what its kind does instead: swim, fly."
        ),
    ] = None,
    actions: Annotated[
        str,
        typer.Option(
            help="Several actions of one creature, separated by commas, in place of --action; .glb only."
        ),
    ] = "",
    output: Annotated[
        OutputName,
        typer.Option(
            help="shape_keys: morph targets; armature: a skeleton that moves the mesh, .glb only; "
            "mesh_frames: a mesh of its own a frame, as hyperdiffusion and voxels sample it."
        ),
    ] = OutputName.SHAPE_KEYS,
    correctives: Annotated[
        bool | None,
        typer.Option(
            "--correctives/--no-correctives",
            help="Morph targets beside the skeleton that bring the mesh nearer to the motion. "
            "Default: with --output armature.",
        ),
    ] = None,
    frames: Annotated[
        int | None,
        typer.Option(
            min=2,
            max=10_000,
            help="Length of the timeline in frames. A loop fills it with whole cycles near its own speed; "
            "a one-way clip is stretched to it. Default: the clip's own duration.",
        ),
    ] = None,
    fps: Annotated[float, typer.Option(min=FPS[0], max=FPS[1], help="Timeline frames a second.")] = 24.0,
    detail: Annotated[
        int,
        typer.Option(
            help=f"Grid cells along the box: {', '.join(map(str, DETAILS))}; "
            "below 96 thin parts can be lost. The engine voxels has the cells of its own grids."
        ),
    ] = 128,
    height: Annotated[
        float | None,
        typer.Option(
            min=HEIGHT[0], max=HEIGHT[1], help="Height in metres; default: typical for the category."
        ),
    ] = None,
    palette: Annotated[
        int | None,
        typer.Option(min=0, max=MAX_SEED, help="Seed of the colours alone; default: the creature's seed."),
    ] = None,
    faces: Annotated[
        str,
        typer.Option(
            help=f"Faces of the mesh, {MIN_FACES} to {MAX_FACES}; or full: the surface as it was extracted."
        ),
    ] = "5000",
    texture: Annotated[
        str,
        typer.Option(
            help=f"Texels along a side of the textures, {', '.join(map(str, TEXTURE_SIZES))}; "
            "or none: vertex colours."
        ),
    ] = "1024",
    levels_of_detail: Annotated[
        int,
        typer.Option(
            min=0,
            max=MAX_LEVELS,
            help="Coarser meshes beside it, of half and a quarter of its faces; .glb, .npz or OBJ.",
        ),
    ] = 0,
    proportions: Annotated[
        str,
        typer.Option(help=f"Factors of the body's parts, as legs=1.3,head=0.9: {', '.join(PROPORTIONS)}."),
    ] = "",
    proportions_seed: Annotated[
        int | None,
        typer.Option(
            min=0, max=MAX_SEED, help="Seed of sampled proportions: the same creature, built otherwise."
        ),
    ] = None,
    morph: Annotated[
        str,
        typer.Option(
            help=f"Another creature and how far to go towards it, 0 to {MAX_MORPH}, as fox:0.4; or its seed, "
            "as 12:0.4."
        ),
    ] = "",
    compact: Annotated[
        bool,
        typer.Option(
            "--compact", help="16-bit morph targets in .glb (KHR_mesh_quantization): half the size."
        ),
    ] = False,
    device: Device = DeviceName.AUTO,
    engine: Engine = EngineName.DNF,
    weights: Weights = None,
    quiet: NoReport = False,
    as_json: AsJson = False,
    *,
    context: typer.Context,
) -> None:
    """Generate one animated creature and write it to a file."""
    from zoetrope.geometry.output_path import check_output

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
    names = names_in(actions) or [action or ""]
    given = {name for name in WITHOUT_EFFECT if _is_given(context, name)}
    given -= {name for name, value in (("faces", faces), ("texture", texture)) if value in ("full", "none")}
    if output == OutputName.MESH_FRAMES:
        _check_mesh_frames(out, names, given)
    elif engine in (EngineName.HYPERDIFFUSION, EngineName.VOXELS) and "texture" in given:
        raise ZoetropeError(
            f"The engine {engine.value} samples no colours: --texture has no effect.",
            code="bad_option",
            remedy="Leave it out, or choose the engine dnf.",
        )
    one_sequence = len(names) == 1 and output != OutputName.ARMATURE
    if not one_sequence and out.suffix.lower() != ".glb":
        what = "a skeleton is" if output == OutputName.ARMATURE else "several actions are"
        raise ZoetropeError(
            f"{out.name}: {what} written as .glb.", code="bad_option", remedy="Name a .glb file with --out."
        )
    if correctives and output != OutputName.ARMATURE:
        raise ZoetropeError(
            "Correctives belong to a skeleton.", code="bad_option", remedy="Add --output armature."
        )
    if compact and output == OutputName.ARMATURE:
        raise ZoetropeError(
            "Only morph targets can be compact.", code="bad_option", remedy="Leave out --compact."
        )
    if levels_of_detail and out.suffix.lower() == ".anime":
        raise ZoetropeError(
            f"{out.name}: an .anime file has no levels of detail.", code="bad_option", remedy="Name it .glb."
        )
    if correctives is None:
        correctives = output == OutputName.ARMATURE
    request = GenerateRequest(
        category,
        names[0],
        seed,
        frames,
        fps,
        detail,
        height,
        palette,
        _number_or(faces, "full", "faces"),
        _number_or(texture, "none", "texture"),
        read_proportions(proportions),
        proportions_seed,
        read_morph(morph),
        levels_of_detail,
    )
    check_budget(request.faces)
    check_texture(request.texture)
    made = create_engine(engine.value, weights or find_weights(), device.value)
    if action is None and not names_in(actions):
        names = [made.info().default_action(category)]
        request = replace(request, action=names[0])
    more: dict[str, Any] = {}
    if output == OutputName.MESH_FRAMES:
        with bar:
            summary = _write_frames(made, request, out, on_progress)
        summary |= {"seconds": round(time.perf_counter() - began, 2), "megabytes": round(_size(out) / 1e6, 2)}
        _print_summary(out, summary, as_json, quiet)
        return
    with bar:
        if one_sequence:
            clips = _write_sequence(made, request, out, compact, on_progress)
        else:
            clips, more = _write_creature(
                made, request, names, output, correctives, out, compact, on_progress
            )
    from zoetrope.engines.animate.creature import tracking_notes

    sequence = clips[0]
    vertices, count = len(sequence.rest), sum(len(clip.vertices) for clip in clips)
    summary = {
        "file": str(out),
        "category": sequence.category or "any",
        "action": ", ".join(clip.action or "any" for clip in clips),
        "vertices": vertices,
        "faces": len(sequence.faces),
        "frames": count,
        **({"levels": [len(level.faces) for level in sequence.levels]} if sequence.levels else {}),
        "seconds": round(time.perf_counter() - began, 2),
        "travel_speed": round(sequence.travel_speed, 3),
        "megabytes": round(_size(out) / 1e6, 2),
        **more,
    }
    if "tracking_mean" in sequence.meta:
        summary |= {name: round(sequence.meta[name], 5) for name in ("tracking_mean", "tracking_p99")}
        summary.setdefault("notes", list(tracking_notes(clips)))
    budget = sequence.meta.get("face_budget", 0)
    if request.faces is not None and budget > request.faces:
        exceeded = f"With {request.faces:,} faces parts of it would be lost: it has {len(sequence.faces):,}."
        summary["notes"] = [*summary.get("notes", ()), exceeded]
    _print_summary(out, summary, as_json, quiet)


def _is_given(context: typer.Context, name: str) -> bool:
    """Whether an option stands on the command line."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _check_mesh_frames(out: Path, names: list[str], given: set[str]) -> None:
    """Refuse what mesh frames cannot be, before anything is sampled; `given` are options without effect."""
    if len(names) > 1:
        reason, remedy = "are of one action", "Give one with --action."
    elif out.suffix.lower() == ".anime":
        reason, remedy = "cannot be written as .anime", "Name a .glb or .npz file, or a folder."
    elif given:
        options = ", ".join("--" + name.replace("_", "-") for name in sorted(given))
        reason = f"are written as they were sampled, whole and at their own times: {options} would do nothing"
        remedy = "Leave this out, or choose --output shape_keys."
    else:
        return
    raise ZoetropeError(f"Mesh frames {reason}.", code="bad_option", remedy=remedy)


def _print_summary(out: Path, summary: dict[str, Any], as_json: bool, quiet: bool) -> None:
    if as_json:
        print(json.dumps(summary))
    elif not quiet:
        console.print(
            f"{out} ({summary['category']}, {summary['action']}): {summary['vertices']} vertices, "
            f"{summary['frames']} frames, {summary['megabytes']} MB, in {summary['seconds']} s"
        )
        for note in summary.get("notes", ()):
            console.print(f"- {note}")


def _write_frames(
    engine: Any, request: GenerateRequest, out: Path, on_progress: OnProgress
) -> dict[str, Any]:
    """Write a mesh of its own a frame; returns the summary."""
    from zoetrope.engines import generate_mesh_frames
    from zoetrope.geometry.frame_writers import write_frames

    made = generate_mesh_frames(engine, request, on_progress)
    write_frames(made, out)
    return {
        "file": str(out),
        "category": made.category or "any",
        "action": made.action or "any",
        "vertices": max(len(vertices) for vertices, _ in made.frames),
        "faces": max(len(faces) for _, faces in made.frames),
        "frames": len(made.frames),
    }


def _number_or(text: str, word: str, option: str) -> int | None:
    """Return an option's whole number, or None for its word."""
    if text.strip().lower() == word:
        return None
    try:
        return int(text)
    except ValueError:
        raise ZoetropeError(
            f"{text!r} is not a number.", code="bad_option", remedy=f"Give --{option} a number or {word}."
        ) from None


def _write_sequence(
    engine: Any, request: GenerateRequest, out: Path, compact: bool, on_progress: OnProgress
) -> list[Any]:
    from zoetrope.geometry.writers import write_sequence

    sequence = engine.generate(request, on_progress)
    write_sequence(sequence, out, compact=compact)
    return [sequence]


def _write_creature(
    engine: Any,
    request: GenerateRequest,
    actions: list[str],
    output: OutputName,
    correctives: bool,
    out: Path,
    compact: bool,
    on_progress: OnProgress,
) -> tuple[list[Any], dict[str, Any]]:
    """Write several actions or a skeleton; returns the clips, and what the summary says of the skeleton."""
    from zoetrope.engines.animate.creature import generate_creature
    from zoetrope.engines.animate.gltf.creature_output import creature_glb
    from zoetrope.geometry.writers import write_glb

    creature = generate_creature(engine, request, actions, output.value, correctives, on_progress)
    write_glb(out, creature_glb(creature, compact))
    more: dict[str, Any] = {"notes": list(creature.notes)}
    if creature.rig is not None:
        found = creature.correctives
        more |= {
            "donor": creature.rig.donor.title,
            "joints": len(creature.rig.skeleton.names),
            "correctives": 0 if found is None else len(found.offsets),
            "actions": [
                {
                    "name": one.name,
                    "frames": len(one.rotations),
                    "residual_mean": round(one.residual_mean, 5),
                    "residual_p99": round(one.residual_p99, 5),
                    "stretch_median": round(one.stretch_median, 4),
                    "stretch_p99": round(one.stretch_p99, 4),
                    "slip": round(one.slip, 4),
                    **({} if found is None else {"with_correctives": round(found.errors[i], 5)}),
                }
                for i, one in enumerate(creature.rig.actions)
            ],
        }
    return list(creature.clips), more


def _size(path: Path) -> int:
    """Return the bytes of a file, or of the files in a folder."""
    files = path.iterdir() if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files)
