"""Peak memory of a command."""

import subprocess
import sys
from collections.abc import Sequence

_WAIT = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(usage.ru_maxrss)
sys.exit(0 if status == 0 else 1)
"""
"""Linux counts what a process held before it started its program, so what its parent holds: the parent is
this small one."""


def peak_memory(words: Sequence[str]) -> float | None:
    """Run a command, its output left out; return the largest memory that it held, MiB, or None if it failed.

    nan on Windows.
    """
    if sys.platform == "win32":
        done = subprocess.run(words, stdout=subprocess.DEVNULL, check=False)
        return float("nan") if done.returncode == 0 else None
    command = [sys.executable, "-S", "-c", _WAIT, *words]
    waited = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if waited.returncode:
        return None
    return int(waited.stdout) / (2**20 if sys.platform == "darwin" else 2**10)
