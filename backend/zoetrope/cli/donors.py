"""`zoetrope donors`: the creatures whose skeletons and motion are transferred to other meshes."""

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.progress import track
from rich.table import Table

from zoetrope.cli.errors import console
from zoetrope.cli.literal import LiteralConsole
from zoetrope.cli.options import AsJson, Quiet, Weights
from zoetrope.engines.weights.folders import find_weights
from zoetrope.errors import ZoetropeError

Shared = Annotated[
    Path | None, typer.Option(help="Folder of the labelled creatures; default: beside the repository.")
]


def donors(
    weights: Weights = None,
    shared: Shared = None,
    show: Annotated[
        bool, typer.Option("--list", help="List the donors and their joints; build nothing.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Fit the skeletons to the creatures' own clips and print the error; build nothing.",
        ),
    ] = False,
    thumbnails: Annotated[
        bool,
        typer.Option("--thumbnails", help="Render the small pictures of the donors; build nothing else."),
    ] = False,
    clips: Annotated[int, typer.Option(min=1, help="Clips of each donor that --check fits.")] = 2,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Build the donors' skeletons beside the weights, from the files of the creatures that they know."""
    folder = weights or find_weights()
    if folder is None:
        raise ZoetropeError("There are no weights.", code="weights_missing", remedy="Give their folder.")
    if show:
        _list(folder, as_json)
    elif check:
        _check(folder, _shared(shared), clips, quiet, as_json)
    elif thumbnails:
        _thumbnails(folder, as_json)
    else:
        _build(folder, _shared(shared), quiet, as_json)


def _shared(given: Path | None) -> Path:
    from zoetrope.clips.library import find_shared

    found = given or find_shared()
    if found is None:
        raise ZoetropeError(
            "There are no labelled creatures.", code="bad_option", remedy="Give their folder with --shared."
        )
    return found


def _build(weights: Path, shared: Path, quiet: bool, as_json: bool) -> None:
    from zoetrope.clips.library import Library
    from zoetrope.rigs.donors.build import build_donor, read_sources, write_donors
    from zoetrope.rigs.donors.library import load_donors, weights_checksum
    from zoetrope.rigs.donors.thumbnails import write_thumbnails
    from zoetrope.training.data.training_tokens import load_tokens, tokens_path

    library, tokens = Library(shared), load_tokens(tokens_path(weights))
    sources = read_sources(shared)
    own: dict[str, np.ndarray] = dict(zip(tokens.shape_creature.tolist(), tokens.shape, strict=True))
    unknown = sorted(set(own) - set(library.entries) | set(own) - set(sources))
    if unknown:
        raise ZoetropeError(
            f"{shared} lacks creatures of the weights: {', '.join(unknown[:3])}.",
            code="bad_option",
            remedy="Give the folder that the weights were trained on.",
        )
    built = []
    for file in track(sorted(own), "donors", console=console, disable=quiet):
        entry = library.entries[file]
        built.append(
            build_donor(
                library.read(entry),
                file.removesuffix(".glb"),
                own[file],
                category=entry.category,
                height=entry.height_m,
                author=sources[file].author,
                licence=sources[file].licence,
            )
        )
    paths = list(write_donors(weights, built, weights_checksum(weights)))
    paths += write_thumbnails(weights, load_donors(weights))
    size = sum(path.stat().st_size for path in paths)
    if as_json:
        print(json.dumps({"files": [str(path) for path in paths], "donors": len(built), "bytes": size}))
    else:
        print(f"{len(built)} donors, {size / 1e6:.2f} MB: {paths[0]}, {paths[1].name}, {paths[2].parent}")


def _thumbnails(weights: Path, as_json: bool) -> None:
    from zoetrope.rigs.donors.library import load_donors
    from zoetrope.rigs.donors.thumbnails import write_thumbnails

    paths = write_thumbnails(weights, load_donors(weights))
    size = sum(path.stat().st_size for path in paths)
    if as_json:
        print(json.dumps({"files": [str(path) for path in paths], "bytes": size}))
    else:
        print(f"{len(paths)} pictures, {size / 1e6:.2f} MB: {paths[0].parent}")


def _list(weights: Path, as_json: bool) -> None:
    from dataclasses import asdict

    from zoetrope.rigs.donors.library import load_donors

    entries = load_donors(weights).entries
    if as_json:
        print(json.dumps([asdict(entry) for entry in entries]))
        return
    table = Table()
    for column in ("donor", "category", "vertices", "joints"):
        table.add_column(column)
    for entry in entries:
        joints = f"{len(entry.joints)}: {', '.join(entry.joints)}"
        table.add_row(entry.name, entry.category, str(entry.vertices), joints)
    LiteralConsole(width=160).print(table)


def _check(weights: Path, shared: Path, clips: int, quiet: bool, as_json: bool) -> None:
    from zoetrope.clips.library import Library
    from zoetrope.rigs.donors.check import check_donor
    from zoetrope.rigs.donors.library import load_donors

    library, loaded = Library(shared), load_donors(weights)
    rows = []
    for name in track(loaded.names, "donors", console=console, disable=quiet):
        entry = library.entries[f"{name}.glb"]
        rows += check_donor(loaded[name], library.read(entry), entry.usable_clips, clips)
    rows.sort(key=lambda row: -row.p99)
    means = [row.mean for row in rows]
    p99s = sorted(row.p99 for row in rows)
    summary = {"mean": sum(means) / len(means), "p99_median": p99s[len(p99s) // 2]}
    if as_json:
        from dataclasses import asdict

        print(json.dumps(summary | {"clips": [asdict(row) for row in rows]}))
        return
    table = Table(title="Distance of the fitted skeleton from the clip, per cent of the diagonal")
    for column in ("donor", "clip", "mean", "99th percentile", "joint that is furthest off"):
        table.add_column(column)
    for row in rows:
        table.add_row(row.donor, row.clip, f"{100 * row.mean:.2f}", f"{100 * row.p99:.2f}", row.worst_joint)
    out = LiteralConsole(width=140)
    out.print(table)
    out.print(
        f"{len(rows)} clips: mean {100 * summary['mean']:.2f} %, median of the 99th percentiles "
        f"{100 * summary['p99_median']:.2f} %"
    )
