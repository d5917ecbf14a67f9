"""Child processes: their environment, and ending one with its own children."""

import contextlib
import os
import re
import signal
import subprocess
import sys

END_SECONDS = 2.0
"""How long a killed process is waited for."""
KILLED = (
    -9,
    137,  # 128 + 9: a shell or container between us and the killed process
    0xC0000017,  # STATUS_NO_MEMORY
    0xC000012D,  # STATUS_COMMITMENT_LIMIT
)
"""Exit statuses of processes that the system ended: by SIGKILL, and on Windows for want of memory."""


def ran_out_of_memory(status):
    """Whether a process that was not killed by us has most likely ended because the memory ran out."""
    return status in KILLED


FOREIGN = re.compile(r"(PYTHON|PIP_|UV_|CONDA|_CONDA|_CE_|VIRTUAL_ENV|__PYVENV_LAUNCHER__).*", re.IGNORECASE)
"""Variables that change what another Python loads, or what pip installs and where.

pip's configuration files are still read: they are how a machine says which index it may use.
"""


def clean_environment():
    """Environment variables without those that change what a Python loads or pip installs."""
    return {k: v for k, v in os.environ.items() if not FOREIGN.fullmatch(k)}


def own_group():
    """Arguments of `Popen` for a child that `kill_group` can end."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def kill_group(child):
    """Kill a child's process group, also where the child itself has ended and left others."""
    if sys.platform == "win32":
        command = ["taskkill", "/F", "/T", "/PID", str(child.pid)]
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(command, capture_output=True, timeout=END_SECONDS, check=False, **own_group())
    else:
        # A group keeps its number while any process is in it; an empty one is no error.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    if child.poll() is None:
        child.kill()
