"""Finished parts of an evaluation as files, so that hours of work can be stopped and resumed."""

import json
import os
import platform
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import torch

from zoetrope.atomic_write import atomic_write
from zoetrope.evaluation.session.stored_json import read_json

FORMAT = 3
"""Of stored results; a part of another format is computed again."""

JsonDict = dict[str, Any]


class _Provenance(msgspec.Struct):
    command: str
    commit: str
    machine: str
    seconds: float


class _Part(msgspec.Struct):
    """A stored part, as `ResultCache.part` returns it."""

    result: JsonDict
    key: JsonDict
    provenance: _Provenance


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically. Numbers that are not finite become null."""
    text = json.dumps(finite(value), indent=1, allow_nan=False) + "\n"
    with atomic_write(path, "Free some space or choose another folder; finished parts are kept.") as part:
        part.write_text(text, encoding="utf-8")


def finite(value: Any) -> Any:
    """Replace every number that is not finite by None, as JSON requires."""
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return value


def machine() -> str:
    """Describe the machine that measures."""
    cores = f"{os.cpu_count()} cores with {torch.backends.cpu.get_cpu_capability()}"
    return f"{platform.system()} {platform.machine()}, {cores}, Python {platform.python_version()}"


def commit() -> str:
    """Return the commit of the code, with a plus if the tree differs from it; empty outside a repository."""
    here = Path(__file__).resolve().parent

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=here, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    name = git("rev-parse", "--short=10", "HEAD")
    return name + ("+" if name and git("status", "--porcelain", "--untracked-files=no", ".") else "")


class ResultCache:
    """A folder of parts. A part is computed once for one key, and again when its key changes.

    Parameters
    ----------
    folder : Path
    command : str
        The command line, stored with every part.
    """

    def __init__(self, folder: Path, command: str) -> None:
        self.folder, self.command = folder, command
        self.commit = commit()  # of the code that runs, whatever is committed meanwhile

    def part(self, name: str, key: JsonDict, compute: Callable[[], JsonDict]) -> JsonDict:
        """Return a part from its file if that has the same key, else compute and write it.

        Parameters
        ----------
        key : dict
            What the result depends on (weights' checksum, seeds, sizes); JSON-able.

        Returns
        -------
        dict
            {"result", "key", "provenance"}; the last has command, commit, machine and seconds.
        """
        path = self.folder / f"{name}.json"
        key = json.loads(json.dumps({"format": FORMAT, **key}))
        if path.exists():
            stored = _read(path)
            if stored.get("key") == key:
                return stored
        began = time.perf_counter()
        result = finite(compute())
        seconds = round(time.perf_counter() - began, 1)
        provenance = {
            "command": self.command,
            "commit": self.commit,
            "machine": machine(),
            "seconds": seconds,
        }
        part = {"result": result, "key": key, "provenance": provenance}
        write_json(path, part)
        return part


def _read(path: Path) -> JsonDict:
    """Read a part's file; empty if it is damaged."""
    try:
        part: JsonDict = read_json(path)
        msgspec.convert(part, _Part)
    except (ValueError, msgspec.ValidationError):
        return {}
    return part
