"""Where weights lie: of dnf, and of other engines in folders of their names inside those."""

import os
from pathlib import Path

FRAME_ENGINES = ("hyperdiffusion", "voxels")
"""Engines whose frames are meshes of their own."""


def find_weights() -> Path | None:
    """Return the folder of the weights: ZOETROPE_WEIGHTS, else the repository's or the wheel's `weights`."""
    if os.environ.get("ZOETROPE_WEIGHTS"):
        return Path(os.environ["ZOETROPE_WEIGHTS"])
    package = Path(__file__).resolve().parents[2]
    for folder in (package.parents[1] / "weights", package / "weights"):
        if (folder / "checksums").is_file():
            return folder
    return None


def further_engines(weights: Path | None) -> tuple[str, ...]:
    """Return the engines beside dnf whose weights lie in those of dnf."""
    if weights is None:
        return ()
    return tuple(name for name in FRAME_ENGINES if (weights / name / "checksums").is_file())


def engine_folder(weights: Path, engine: str) -> Path:
    """Return the folder of an engine's weights: of its name in those of dnf, or the given one itself."""
    inside = weights / engine
    return inside if any((inside / name).exists() for name in ("model.json", "checksums")) else weights
