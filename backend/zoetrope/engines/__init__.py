"""Engines by name."""

from pathlib import Path

from zoetrope.engines.base import Engine
from zoetrope.errors import ZoetropeError

ENGINES = ("dnf", "procedural")


def create_engine(name: str, weights: Path | None, device: str = "auto") -> Engine:
    """Make an engine; torch is imported only by those that need it.

    Raises
    ------
    ZoetropeError
        There is no such engine, or it needs weights and none were found.
    """
    if name == "procedural":
        from zoetrope.engines.procedural import ProceduralEngine

        return ProceduralEngine()
    if name == "dnf":
        from zoetrope.engines.dnf import DnfEngine

        if weights is None:
            raise ZoetropeError(
                "There are no weights.",
                code="weights_missing",
                remedy="Give their folder with --weights, or set ZOETROPE_WEIGHTS.",
            )
        return DnfEngine(weights, device)
    raise ZoetropeError(
        f"There is no engine {name!r}.", code="bad_option", remedy=f"Choose one of {', '.join(ENGINES)}."
    )


def find_weights() -> Path | None:
    """Where the shipped weights are: ZOETROPE_WEIGHTS, else the repository's `weights`, else the wheel's."""
    import os

    if os.environ.get("ZOETROPE_WEIGHTS"):
        return Path(os.environ["ZOETROPE_WEIGHTS"])
    package = Path(__file__).resolve().parents[1]
    for folder in (package.parents[1] / "weights", package / "weights"):
        if (folder / "checksums").is_file():
            return folder
    return None
