"""Windows' limit on the length of paths, and a folder for the backend's environment that stays below it."""

import hashlib
import os
import sys
from functools import lru_cache
from pathlib import PureWindowsPath

MAX_PATH = 259
"""Characters of a path, unless long paths are enabled."""
MAX_FILE_LENGTH = len("\\Lib\\site-packages\\") + 173
"""Below the environment: a licence of torch 2.13.0+cu130."""
ASIDE = len(".old")
"""What is added to the folder's name while an environment is replaced."""


def fits(folder):
    """Whether all files of an environment in a folder have paths that Windows allows."""
    return len(str(folder)) + ASIDE + MAX_FILE_LENGTH <= MAX_PATH


def short_folder(usual, local):
    """A folder for the environment in the user's local application data, another for each usual one."""
    name = hashlib.sha256(str(usual).lower().encode()).hexdigest()[:8]
    return type(usual)(PureWindowsPath(local) / "zoetrope" / name)


def choose_folder(usual, is_set_up, local=None, limited=None):
    """The folder for the backend's environment: the usual one, or where that is too long a shorter one.

    Parameters
    ----------
    usual : Path
    is_set_up : callable
        Whether a folder holds a complete environment: such a one is used wherever it is.
    local : str, optional
        The user's folder for local application data; default: %LOCALAPPDATA%.
    limited : bool, optional
        Whether paths are limited; default: on Windows without long paths.
    """
    limited = paths_are_limited() if limited is None else limited
    local = os.environ.get("LOCALAPPDATA", "") if local is None else local
    if not limited or not local or fits(usual) or is_set_up(usual):
        return usual
    return short_folder(usual, local)


def path_obstacle(folder, limited=None):
    """Why an environment cannot be made in a folder, as sentences; empty where it can."""
    limited = paths_are_limited() if limited is None else limited
    if not limited or fits(folder):
        return ""
    return (
        f"{folder} is too long a path: Windows allows {MAX_PATH} characters, and PyTorch's files need "
        f"{MAX_FILE_LENGTH + ASIDE} below it. Enable long paths in Windows (LongPathsEnabled), or make an "
        "environment elsewhere and give its interpreter as Python."
    )


@lru_cache(maxsize=1)
def paths_are_limited():
    """Whether this is Windows without long paths."""
    if sys.platform != "win32":
        return False
    import winreg

    try:
        key = winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SYSTEM\CurrentControlSet\Control\FileSystem")
        with key:
            return winreg.QueryValueEx(key, "LongPathsEnabled")[0] != 1
    except OSError:
        return True
