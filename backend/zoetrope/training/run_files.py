"""Files that a run keeps in its folder: a damaged one is named, with what to do about it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zoetrope.damaged_files import DAMAGED
from zoetrope.errors import ZoetropeError

OCCUPANCY, GRIDS, MLPS, LOG = "occupancy", "grids", "mlps", "log"
"""Folders that runs of one engine share."""
FOLDERS = frozenset({OCCUPANCY, GRIDS, MLPS, LOG, "data", "weights"})
"""No recipe may be named as one of them: its own folder lies beside."""


@contextmanager
def reading(path: Path, remedy: str = "Delete it; the same command makes it anew.") -> Iterator[None]:
    """Read a file of a run in the block.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the file is damaged.
    """
    try:
        yield
    except DAMAGED as error:
        raise ZoetropeError(f"{path} is damaged.", code="bad_option", remedy=remedy) from error
