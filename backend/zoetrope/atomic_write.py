"""Atomic file writes: a killed process or a full disk leaves the previous file intact."""

import errno
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from safetensors import SafetensorError

from zoetrope.errors import ZoetropeError

WINDOWS_DISK_FULL = 112
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, WINDOWS_DISK_FULL}
"""Numbers of errors that mean that there is no room for a file."""
STALE_SECONDS = 3600.0
"""Since its last change, after which a temporary file is one that a killed process has left."""
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

    Its name is a new one: another program's file or link is neither followed nor overwritten. What a killed
    process has left is removed by a later write of the same file.

    Parameters
    ----------
    path : Path
        Its folder is created if necessary.
    remedy : str
        Remedy of the error if the disk is full.

    Raises
    ------
    ZoetropeError
        Code "disk_full"; "bad_request" if the file could not be written for another reason.
    """
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale_parts(path)
        yield part
        replace_file(part, path)
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        full = _error_number(error) in FULL
        raise ZoetropeError(
            f"{path} could not be written: {reason}.",
            code="disk_full" if full else "bad_request",
            remedy=remedy if full else "Choose another folder.",
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _error_number(error: OSError | SafetensorError) -> int | None:
    """Return the system's number of an error; safetensors has it in its text."""
    if isinstance(error, OSError):
        return error.errno
    found = re.search(r"\(os error (\d+)\)", str(error))
    return int(found[1]) if found else None


def _remove_stale_parts(path: Path) -> None:
    """Remove temporary files of `path` that no process can be writing any more."""
    pattern = re.compile(re.escape(path.name) + r"\.[0-9a-f]{8}\.part")
    for part in path.parent.iterdir():
        with suppress(OSError):
            if pattern.fullmatch(part.name) and time.time() - part.lstat().st_mtime > STALE_SECONDS:
                part.unlink()
