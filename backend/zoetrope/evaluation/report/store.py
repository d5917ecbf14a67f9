"""Results of an evaluation kept part by part, so that hours of work can be stopped and gone on with."""

import json
import os
import platform
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zoetrope.atomic_write import atomic_write

JsonDict = dict[str, Any]


def write_json(path: Path, value: Any) -> None:
    """Write JSON whole to a neighbour file, then rename it. Numbers that are not finite become null."""
    text = json.dumps(finite(value), indent=1, allow_nan=False) + "\n"
    with atomic_write(
        path, "Free some space or choose another folder; parts that are done are kept."
    ) as part:
        part.write_text(text, encoding="utf-8")


def finite(value: Any) -> Any:
    """The same data with null for every number that is not finite: JSON has no other way to say it."""
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return value


def machine() -> str:
    """The machine that a number was measured on."""
    python = platform.python_version()
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {python}"


def commit() -> str:
    """The commit of the code, with a plus where the tree differs from it; empty outside a repository."""
    here = Path(__file__).resolve().parent

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=here, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    name = git("rev-parse", "--short=10", "HEAD")
    return name + ("+" if name and git("status", "--porcelain", "--untracked-files=no", ".") else "")


class Store:
    """A folder of parts. A part is made once for one key, and again when its key changes.

    Parameters
    ----------
    folder : Path
    command : str
        What the user ran; kept with every part.
    """

    def __init__(self, folder: Path, command: str) -> None:
        self.folder, self.command = folder, command
        self.commit = commit()  # of the code that runs, whatever is committed meanwhile

    def part(self, name: str, key: JsonDict, make: Callable[[], JsonDict]) -> JsonDict:
        """The part of a name: from its file if that holds the same key, else made and written.

        Parameters
        ----------
        key : dict
            What the result depends on (weights' checksum, seeds, sizes); JSON-able.

        Returns
        -------
        dict
            {"result", "key", "made"}: `made` has command, commit, machine and seconds.
        """
        path = self.folder / f"{name}.json"
        key = json.loads(json.dumps(key))
        if path.exists():
            known = _read(path)
            if known.get("key") == key:
                return known
        began = time.perf_counter()
        result = make()
        whole = {
            "result": finite(result),
            "key": key,
            "made": {
                "command": self.command,
                "commit": self.commit,
                "machine": machine(),
                "seconds": round(time.perf_counter() - began, 1),
            },
        }
        write_json(path, whole)
        return whole

    def kept(self, name: str) -> dict[str, JsonDict]:
        """The parts below a name that are there and whole, whatever their keys: name -> part."""
        paths = sorted((self.folder / name).glob("*.json"))
        return {path.stem: part for path in paths if (part := _read(path))}


def _read(path: Path) -> JsonDict:
    """A part's file; nothing where it is damaged."""
    try:
        read: JsonDict = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return read
