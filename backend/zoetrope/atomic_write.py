"""Atomic file writes: a killed process or a full disk leaves the previous file intact."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from zoetrope.errors import ZoetropeError

DEFAULT_REMEDY = "Free some space or choose another folder."
DELAYS = (0.05, 0.1, 0.2, 0.4)
"""Seconds between attempts to rename: Windows refuses while a program or virus scanner has a file open."""


def replace_file(source: Path, target: Path) -> None:
    """Rename like `os.replace`, and try again a few times where something has a file open."""
    for delay in DELAYS:
        try:
            os.replace(source, target)
        except PermissionError:
            time.sleep(delay)
        else:
            return
    os.replace(source, target)


@contextmanager
def atomic_write(path: Path, remedy: str = DEFAULT_REMEDY) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` on success, delete it on failure.

    Parameters
    ----------
    path : Path
        Its folder is created if necessary.
    remedy : str
        Remedy of the error.

    Raises
    ------
    ZoetropeError
        Code "disk_full": the file could not be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        replace_file(part, path)
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ZoetropeError(
            f"{path} could not be written: {reason}.", code="disk_full", remedy=remedy
        ) from error
    finally:
        if part.exists():
            part.unlink()
