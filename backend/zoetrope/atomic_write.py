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


MAX_NAME = 255
"""Bytes of a name that every common file system takes; Windows counts UTF-16 units."""
TEMPORARY = re.compile(r"\.[0-9a-f]{8}\.part")


def name_length(name: str) -> int:
    """Return the length of a name as the file system counts it."""
    return (
        len(os.fsencode(name)) if os.name == "posix" else len(name.encode("utf-16-le", "surrogatepass")) // 2
    )


def _stem(name: str) -> str:
    """Return as much of a name as leaves room for the suffix of a temporary file."""
    room = MAX_NAME - len(".00000000.part")
    if name_length(name) <= room:
        return name
    return name.encode("utf-8", "ignore")[:room].decode("utf-8", "ignore")


def temporary_path(path: Path) -> Path:
    """Return a new name beside a path, for a file that will replace it."""
    return path.with_name(f"{_stem(path.name)}.{secrets.token_hex(4)}.part")


def make_folder(path: Path) -> None:
    """Make a folder with those above it, however many are missing."""
    missing = []
    while not path.is_dir():
        missing.append(path)
        if path == path.parent:
            break
        path = path.parent
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)


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


def write_error(path: Path, error: OSError | SafetensorError, remedy: str = DEFAULT_REMEDY) -> ZoetropeError:
    """Return the error of code "disk_full", or "cannot_write" for another reason, for a path.

    remedy : of a full disk.
    """
    reason = getattr(error, "strerror", None) or error
    full = _error_number(error) in FULL
    return ZoetropeError(
        f"{path} could not be written: {reason}.",
        code="disk_full" if full else "cannot_write",
        remedy=remedy if full else "Choose another folder.",
    )


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
        See `write_error`.
    """
    part = temporary_path(path)
    try:
        make_folder(path.parent)
        _remove_stale_parts(path)
        yield part
        replace_file(part, path)
    except (OSError, SafetensorError) as error:
        raise write_error(path, error, remedy) from error
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
    stem = _stem(path.name)
    for part in path.parent.iterdir():
        with suppress(OSError):
            ours = part.name.startswith(stem) and TEMPORARY.fullmatch(part.name, len(stem))
            if ours and time.time() - part.lstat().st_mtime > STALE_SECONDS:
                part.unlink()
