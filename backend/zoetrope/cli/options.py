"""Command-line options that several commands have."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class EngineName(StrEnum):
    """Names of `zoetrope.engines.ENGINES`."""

    DNF = "dnf"
    HYPERDIFFUSION = "hyperdiffusion"
    VOXELS = "voxels"
    PROCEDURAL = "procedural"


class DeviceName(StrEnum):
    """Where torch can run."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


Weights = Annotated[Path | None, typer.Option(help="Folder of the weights; default: the shipped ones.")]
Engine = Annotated[
    EngineName,
    typer.Option(
        "--engine",
        help="Which engine generates the creature (docs/engines.md). procedural: a quadruped for tests, "
        "without weights.",
    ),
]
Device = Annotated[DeviceName, typer.Option(help="Where to run; auto takes a GPU if there is one.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bars.")]
NoReport = Annotated[
    bool, typer.Option("--quiet", help="Neither progress bars nor the report in words; errors are printed.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]


def names_in(text: str) -> list[str]:
    """Return the names in a text, separated by commas, each once."""
    return list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


Recipe = Annotated[str, typer.Option(help="Recipe: the name of a shipped one, or a .toml file.")]
SharedFolder = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the labelled creatures (docs/evaluating.md); default: beside the repository."
    ),
]
OwnCreatures = Annotated[
    Path | None,
    typer.Option(
        help="Folder of your own animated .glb, .gltf and .anime files, instead of the shared creatures; "
        "its sub-folders are named after categories."
    ),
]
