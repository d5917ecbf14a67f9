"""Peak memory of a command."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

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

    nan on Windows. An interruption ends the command.
    """
    if sys.platform == "win32":
        done = subprocess.run(words, stdout=subprocess.DEVNULL, check=False)
        return float("nan") if done.returncode == 0 else None
    command = [sys.executable, "-S", "-c", _WAIT, *words]
    # A session of its own, so that all of it can be ended where this process is interrupted.
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as waited:
        try:
            largest, _ = waited.communicate()
        except BaseException:
            with suppress(OSError):  # it has ended
                os.killpg(waited.pid, signal.SIGKILL)
            raise
    if waited.returncode:
        return None
    return int(largest) / (2**20 if sys.platform == "darwin" else 2**10)
