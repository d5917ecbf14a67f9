"""Looking at the interpreter that the backend's environment is to be made from."""

import dataclasses
import subprocess

from .child import clean_environment, own_group

VERSIONS = ((3, 11), (3, 12), (3, 13))
"""Versions of Python for which everything that the backend needs exists."""
CODE = (
    "import sys, sysconfig, venv, ensurepip; "
    "print(*sys.version_info[:2], sysconfig.get_platform().replace(' ', '_'))"
)


@dataclasses.dataclass(frozen=True)
class BasePython:
    """What an interpreter with venv and pip says of itself.

    version : (3, 11) and so on.
    platform : as sysconfig names the one that it was built for: "linux-x86_64", "win-arm64".
    """

    version: tuple
    platform: str


def inspect_python(path):
    """The `BasePython` of an interpreter, or None where it does not start or has no venv with pip."""
    try:
        done = subprocess.run(
            [path, "-I", "-c", CODE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            env=clean_environment(),
            **own_group(),
        )
        major, minor, platform = done.stdout.split()
        return BasePython((int(major), int(minor)), platform) if done.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
