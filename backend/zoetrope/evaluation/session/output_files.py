"""Files of an evaluation in a folder that the user names: checked before anything is computed."""

import errno
import os
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryFile

from zoetrope.atomic_write import MAX_NAME, atomic_write, name_length, write_error
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.session.stored_json import read_json

TITLES = (
    *("Engines, split ", "Evaluation of ", "Samples of ", "Gallery", "Split by "),
    *("Bodies at rest", "Reconstruction of given creatures"),
)
"""How titles of the pages of `zoetrope evaluate` begin."""
COMMANDS = ("    zoetrope evaluate ", "    python -m ")
"""How the line with `tool_command` begins."""
HEAD = 10
"""Lines of a page that have its title and command."""
REPORTS = ("report.json", "samples.json")


def tool_command() -> str:
    """Return the command line that runs: `zoetrope ...`, or `python -m ...`."""
    if Path(sys.argv[0]).stem == "zoetrope":
        return shlex.join(["zoetrope", *sys.argv[1:]])
    spec = sys.modules["__main__"].__spec__
    name = spec.name.removesuffix(".__main__") if spec else Path(sys.argv[0]).stem
    return shlex.join(["python", "-m", name, *sys.argv[1:]])


def save_page(path: Path, title: str, lines: Iterable[str]) -> None:
    """Write a page atomically: its title, the command that runs, and lines."""
    text = "\n".join([f"# {title}", "", f"    {tool_command()}", "", *lines])
    write_text(path, text.rstrip() + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically; raises ZoetropeError as `atomic_write`."""
    with atomic_write(path) as part:
        part.write_text(text, encoding="utf-8")


def read_findings(folder: Path) -> str:
    """Return the text of findings.md in a folder, which precedes the tables of a page; "" without the file.

    Raises
    ------
    ZoetropeError
        Code "bad_option": it cannot be read.
    """
    path = folder / "findings.md"
    try:
        return path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise ZoetropeError(
            f"{path} cannot be read: {reason}.",
            code="bad_option",
            remedy="Save it as text in UTF-8, or move it away.",
        ) from error


def check_output(*files: Path) -> None:
    """Check before hours of work that files can be written at their end, and replace none of others.

    Parameters
    ----------
    files : Path
        All that will be written: reports, pages and pictures. Pictures that are there already belong to a
        report or page of this tool, or are another's.

    Raises
    ------
    ZoetropeError
        Code "cannot_write" or "disk_full", as `atomic_write`; "bad_option": a file is not one that
        `zoetrope evaluate` has written.
    """
    for file in files:
        check_folder(file.parent)
        if file.is_dir():
            raise write_error(file, OSError(errno.EISDIR, os.strerror(errno.EISDIR)))
    there = [file for file in files if file.exists()]
    pages = [file for file in there if file.suffix != ".png"]
    for file in pages or there:
        if not _is_ours(file):
            raise ZoetropeError(
                f"{file} was not written by zoetrope evaluate, which would replace it.",
                code="bad_option",
                remedy="Choose another folder or file, or move this one away.",
            )


def check_folder(folder: Path) -> None:
    """Raise the error of `atomic_write` now if a folder could not take files later; nothing is created."""
    path = folder.absolute()
    try:
        if any(name_length(part) > MAX_NAME for part in path.parts):
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        with TemporaryFile(dir=next(one for one in (path, *path.parents) if os.path.lexists(one))):
            pass
    except OSError as error:
        raise write_error(folder, error) from error


def _is_ours(file: Path) -> bool:
    """Return whether this tool wrote a report, or a page: by its head, or the report beside it."""
    if file.suffix == ".json":
        try:
            found = read_json(file)
        except ValueError:
            return False
        return isinstance(found, dict) and isinstance(found.get("engines"), dict)
    if file.suffix == ".png":
        return False
    head = file.read_text(encoding="utf-8", errors="replace").splitlines()[:HEAD]
    if file.suffix == ".html":
        return any(f"<title>{title}" in line for line in head for title in TITLES)
    titled = bool(head) and head[0].startswith(tuple(f"# {title}" for title in TITLES))
    if titled and any(line.startswith(COMMANDS) for line in head):
        return True
    beside = [file.with_name(name) for name in REPORTS] if file.name == "README.md" else []
    return any(one.is_file() and _is_ours(one) for one in beside)
