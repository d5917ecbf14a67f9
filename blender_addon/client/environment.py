"""Where the backend's Python and weights are."""

import hashlib
import os
import sys
from functools import lru_cache
from pathlib import Path

import bpy

PACKAGE = __package__.rpartition(".")[0]
ADDON = Path(__file__).resolve().parents[1]
SENTINEL = "complete"


class NoBackendError(Exception):
    """The backend has no usable Python, or no weights."""

    def __init__(self, message, remedy="Set it up in the add-on's preferences."):
        super().__init__(message)
        self.remedy = remedy


def managed_folder():
    """The virtual environment that "Set up backend" makes, in the extension's own writable folder.

    A folder beside the user's configuration where the add-on is not installed as an extension.
    """
    try:
        return Path(bpy.utils.extension_path_user(PACKAGE)) / "backend"
    except ValueError:
        return Path(bpy.utils.user_resource("DATAFILES")) / "zoetrope/backend"


def venv_python(folder):
    """The interpreter inside a virtual environment."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def managed_state():
    """State of the managed environment: "absent" (also half-made), "outdated" or "ready"."""
    folder = managed_folder()
    sentinel = folder / SENTINEL
    if not sentinel.is_file() or not venv_python(folder).exists():
        return "absent"
    ours = wheel()
    said = sentinel.read_text(encoding="utf-8", errors="replace").strip()
    return "outdated" if ours is not None and said != fingerprint(ours) else "ready"


def fingerprint(path):
    """SHA-256 of a file, computed once for each of its versions."""
    status = path.stat()
    return _fingerprint(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _fingerprint(path, _time, _size):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def preferences():
    """The add-on's preferences, or None when it runs unregistered."""
    addon = bpy.context.preferences.addons.get(PACKAGE)
    return addon.preferences if addon else None


def python():
    """The backend's interpreter: override, preference, managed environment, in this order."""
    override = os.environ.get("ZOETROPE_BACKEND_PYTHON")
    if override:
        return override
    prefs = preferences()
    if prefs is not None and prefs.backend_python:
        path = bpy.path.abspath(prefs.backend_python)
        if not Path(path).is_file():
            raise NoBackendError(f"There is no Python at {path}.")
        return path
    state = managed_state()
    if state == "ready":
        return str(venv_python(managed_folder()))
    if state == "outdated":
        raise NoBackendError("The backend that is set up belongs to another version of the add-on.")
    raise NoBackendError("The backend is not set up yet.")


def missing():
    """Why `python` would find none, as one sentence; empty where it would."""
    try:
        python()
    except NoBackendError as error:
        return str(error)
    return ""


def weights():
    """The folder of weights: override, else the extension's own, else the repository's."""
    override = os.environ.get("ZOETROPE_WEIGHTS")
    if override:
        return Path(override)
    for folder in (ADDON / "weights", ADDON.parent / "weights"):
        if (folder / "checksums").is_file():
            return folder
    raise NoBackendError("The extension has lost its weights.", "Install its zip again.")


def wheel():
    """The backend's wheel that came with the extension, or None in a source checkout."""
    found = sorted((ADDON / "backend_wheel").glob("zoetrope-*.whl"))
    return found[-1] if found else None
