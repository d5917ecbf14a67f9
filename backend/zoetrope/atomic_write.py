"""Atomic file writes: a killed process or a full disk leaves the previous file intact."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from zoetrope.errors import ZoetropeError

DEFAULT_REMEDY = "Free some space or choose another folder."


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
        os.replace(part, path)
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ZoetropeError(
            f"{path} could not be written: {reason}.", code="disk_full", remedy=remedy
        ) from error
    finally:
        if part.exists():
            part.unlink()
