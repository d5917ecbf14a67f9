"""Where the backend's Python and weights are."""

import os
import sys
from pathlib import Path

import bpy

PACKAGE = __package__.rpartition(".")[0]
ADDON = Path(__file__).resolve().parents[1]
SENTINEL = "complete"


class NoBackendError(Exception):
    """No usable Python for the backend is known."""


def user_folder():
    """The extension's own writable folder (a folder beside the user's config for a legacy install)."""
    try:
        return Path(bpy.utils.extension_path_user(PACKAGE, create=True))
    except ValueError:
        folder = Path(bpy.utils.user_resource("DATAFILES")) / "zoetrope"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def managed_folder():
    """The virtual environment that "Set up backend" makes."""
    return user_folder() / "backend"


def venv_python(folder):
    """The interpreter inside a virtual environment."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def managed_complete():
    """Whether the managed environment was installed to the end."""
    return (managed_folder() / SENTINEL).is_file() and venv_python(managed_folder()).exists()


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
    if managed_complete():
        return str(venv_python(managed_folder()))
    raise NoBackendError("The backend is not set up yet.")


def available():
    """Whether `python` would find one."""
    try:
        python()
    except NoBackendError:
        return False
    return True


def weights():
    """The folder of weights: override, else the extension's own, else the repository's; None without any."""
    override = os.environ.get("ZOETROPE_WEIGHTS")
    if override:
        return Path(override)
    for folder in (ADDON / "weights", ADDON.parent / "weights"):
        if (folder / "checksums").is_file():
            return folder
    return None


def wheel():
    """The backend's wheel that came with the extension, or None in a source checkout."""
    found = sorted((ADDON / "backend_wheel").glob("zoetrope-*.whl"))
    return found[-1] if found else None


def variables():
    """Environment variables of the backend: Blender's own Python settings must not leak into it."""
    return {"PYTHONHOME": "", "PYTHONPATH": ""} if os.environ.get("PYTHONHOME") else {}
