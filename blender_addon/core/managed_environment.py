"""The backend's own Python environment, which Set Up Backend makes."""

import contextlib
import hashlib
import re
import shutil
import sys
import time
from functools import lru_cache
from pathlib import Path

SENTINEL = "complete"
"""File in the environment with the checksum of the wheel that it was made from; written last."""
DELAYS = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds between attempts to rename a folder: Windows refuses while something has it open."""


class ManagedEnvironment:
    """A virtual environment in a folder that the add-on may remove and make again.

    Parameters
    ----------
    folder : Path
        It need not be there.
    wheel : Path or None
        The backend's wheel that came with the add-on; a source checkout has none.
    """

    def __init__(self, folder, wheel):
        self.folder, self.wheel = Path(folder), wheel
        self._aside = None

    @property
    def python(self):
        """Path of its interpreter."""
        return self.folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

    def state(self):
        """State, as one word.

        "absent" (also when half made), "outdated" (made from another wheel), "broken" (the interpreter that
        it was made from is gone or of another version: Blender was moved or updated) or "ready".
        """
        if not is_complete(self.folder):
            return "absent"
        made_from = (self.folder / SENTINEL).read_text(encoding="utf-8", errors="replace").strip()
        if self.wheel is not None and made_from != checksum(self.wheel):
            return "outdated"
        return "ready" if self.python.exists() and self._base_is_there() else "broken"

    def version(self):
        """Version of the Python that it was made from, as (3, 11), or None where nothing tells."""
        return _version(self._settings().get("version", "")) or next(
            (_version(folder.name) for folder in self.folder.glob("lib/python3.*")), None
        )

    def repairable(self, version):
        """Whether an interpreter of a version can take the place of the one that it was made from."""
        return self.state() == "broken" and self.version() == tuple(version)

    def unlink_interpreters(self):
        """Remove its interpreters, which venv does not replace; the packages stay."""
        for path in self.python.parent.glob("python*"):
            if path.is_symlink() or path.is_file():
                path.unlink()

    def set_aside(self):
        """Make room for a new environment and keep the old one until `discard_old` or `restore_old`.

        Raises RuntimeError, having changed nothing, where a program uses the folder.
        """
        kept = [folder for folder in self._old_folders() if is_complete(folder)]
        if kept and not is_complete(self.folder):  # interrupted while an older one was replaced
            self._aside = kept[0]
            remove_folder(self.folder)
        elif self.folder.exists():
            aside = self._free_name()
            try:
                rename_patiently(self.folder, aside)
            except OSError as error:
                raise RuntimeError(
                    f"{self.folder} is in use ({error.strerror}). Close other Blenders and try again."
                ) from error
            self._aside = aside

    def discard_old(self):
        """Remove what was set aside; what a program has open is left for the next time."""
        for folder in self._old_folders():
            remove_folder(folder)
        self._aside = None

    def restore_old(self):
        """Put the old environment in the place of the new one; returns whether it was a complete one."""
        self.remove()
        aside, self._aside = self._aside, None
        if aside is None or not is_complete(aside):
            self.discard_old()
            return False
        try:
            rename_patiently(aside, self.folder)
        except OSError:
            return False
        return True

    def remove(self):
        """Remove it; interrupted half-way it counts as absent."""
        remove_folder(self.folder)

    def mark_complete(self):
        """Record that every step of making it has succeeded."""
        (self.folder / SENTINEL).write_text(f"{checksum(self.wheel)}\n", encoding="utf-8")

    def mark_incomplete(self):
        """Record that it is of no use as it is."""
        (self.folder / SENTINEL).unlink(missing_ok=True)

    def _old_folders(self):
        return sorted(self.folder.parent.glob(self.folder.name + ".old*"))

    def _free_name(self):
        name = self.folder.name
        names = [f"{name}.old", *(f"{name}.old{i}" for i in range(1, 1000))]
        return next(path for path in map(self.folder.with_name, names) if not path.exists())

    def _settings(self):
        """Contents of pyvenv.cfg."""
        try:
            lines = (self.folder / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return {}
        return {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}

    def _base_is_there(self):
        settings = self._settings()
        home, made_from = Path(settings.get("home", "")), _version(settings.get("version", ""))
        if not settings.get("home") or not home.is_dir():
            return False
        if sys.platform == "win32":
            found = [_dll_version(path.name) for path in home.glob("python3*.dll")]
            found = [version for version in found if version is not None]
            return (home / "python.exe").is_file() and (not found or made_from in found)
        found = _version(self.python.resolve().name)
        return found is None or made_from is None or found == made_from


def is_complete(folder):
    """Whether every step of making the environment in a folder has succeeded."""
    return (Path(folder) / SENTINEL).is_file()


def remove_folder(folder):
    """Remove an environment; interrupted half-way it counts as absent."""
    with contextlib.suppress(OSError):
        (folder / SENTINEL).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def rename_patiently(source, target):
    """Rename, and try again a few times where a program has something open."""
    for delay in DELAYS:
        try:
            return source.rename(target)
        except PermissionError:
            time.sleep(delay)
    return source.rename(target)


def _version(text):
    """(3, 11) of "3.11.7" or "python3.11"; None where there is none."""
    found = re.match(r"(?:python)?(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else None


def _dll_version(name):
    """(3, 11) of "python311.dll"; None for "python3.dll"."""
    found = re.fullmatch(r"python(\d)(\d+)\.dll", name.lower())
    return (int(found[1]), int(found[2])) if found else None


def checksum(path):
    """SHA-256 of a file, computed once for each of its versions: panels need it at every redraw."""
    status = path.stat()
    return _checksum(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _checksum(path, _time, _size):
    return hashlib.sha256(path.read_bytes()).hexdigest()
