"""Whether a path can be written to, found out before any work is done."""

import os
import stat
import tempfile
from pathlib import Path
from typing import NoReturn

from zoetrope.atomic_write import MAX_NAME, name_length, temporary_path, write_error
from zoetrope.errors import ZoetropeError

SUFFIXES = (".glb", ".npz", ".anime")
FIRST_FRAME = "frame_0001.obj"


def check_output(path: Path) -> None:
    """Refuse a path that could not be written to, or where something would be lost, before any work is done.

    A path without a suffix is a folder for an OBJ sequence: it must be new, or empty.

    Raises
    ------
    ZoetropeError
        Code "bad_option", or "cannot_write" or "disk_full" for a place that cannot be written to.
    """
    if path.name in ("", "..") or path.name.lower() in SUFFIXES:
        _refuse(f"{str(path)!r} names no file.", "Give the name of a file, or of a new folder.")
    if path.suffix and path.suffix.lower() not in SUFFIXES:
        _refuse(
            f"{path.name}: there is no format {path.suffix!r}.",
            f"Choose {', '.join(SUFFIXES)}, or a folder for an OBJ sequence.",
        )
    _check_length(path)
    mode = _mode(path)
    if path.suffix:
        _check_file(path, mode)
    elif mode is not None:
        _check_folder(path, mode)
    _check_place(
        path if mode is not None and stat.S_ISDIR(mode) else _nearest_existing(path.absolute().parent)
    )


def _refuse(message: str, remedy: str, code: str = "bad_option") -> NoReturn:
    raise ZoetropeError(message, code=code, remedy=remedy)


def _check_length(path: Path) -> None:
    """Refuse what is too long for the file system, also with the suffix of a temporary file."""
    longest = max(path.parts, key=name_length)
    if name_length(longest) > MAX_NAME:
        _refuse(
            f"{longest[:40]}... is longer than the {MAX_NAME} bytes that a name may have.",
            "Choose a shorter name.",
        )
    try:
        os.lstat(temporary_path(path if path.suffix else path / FIRST_FRAME))
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        text = str(path) if len(str(path)) < 80 else f"{str(path)[:80]}..."
        _refuse(f"{text} cannot be written: {error.strerror}.", "Choose another path.")


def _mode(path: Path) -> int | None:
    """Return the type of what a path leads to; None if there is nothing."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if path.is_symlink() and not path.suffix:
            _refuse(f"{path} is a link that leads nowhere.", "Give a new folder, or remove the link.")
        return None
    except OSError as error:
        _refuse(f"{path} cannot be used: {error.strerror}.", "Choose another path.")


def _check_file(path: Path, mode: int | None) -> None:
    if mode is None or stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        _refuse(f"{path} is a folder.", "Give the name of a file.")
    _refuse(f"{path} is a pipe or a device.", "Give the name of a file.")


def _check_folder(path: Path, mode: int) -> None:
    if not stat.S_ISDIR(mode):
        kind = "file" if stat.S_ISREG(mode) else "pipe or a device"
        _refuse(f"{path} is a {kind}.", "Give a new folder, or a name that ends in .glb.")
    try:
        empty = not any(path.iterdir())
    except OSError as error:
        _refuse(f"{path} cannot be read: {error.strerror}.", "Choose another folder.", "cannot_write")
    if not empty:
        _refuse(f"The folder {path} is not empty.", "Give a new folder: nothing in it is overwritten.")


def _nearest_existing(folder: Path) -> Path:
    """Return the folder in which the missing ones will be made."""
    existing = folder
    while not os.path.lexists(existing) and existing != existing.parent:
        if existing.name == "..":
            _refuse(f"{existing.parent} does not exist.", "Choose a path without '..'.")
        existing = existing.parent
    if not existing.is_dir():
        _refuse(f"{existing} is not a folder.", "Choose another folder.")
    return existing


def _check_place(folder: Path) -> None:
    """Try to write into a folder: permissions alone do not tell, of a read-only disk or of /proc."""
    reason, code = "", "cannot_write"
    if not os.access(folder, os.W_OK | os.X_OK):
        reason = "permission denied"
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason, code = error.strerror or str(error), write_error(folder, error).code
    if reason:
        _refuse(f"{folder} cannot be written to: {reason}.", "Choose another folder.", code)
