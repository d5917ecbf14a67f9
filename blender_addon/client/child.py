"""Child processes: their environment, and ending one with its own children."""

import contextlib
import os
import signal
import subprocess
import sys


def clean_environment():
    """Environment variables without those that would make another Python load Blender's libraries."""
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH")}


def own_group():
    """Arguments of `Popen` for a child that `end_group` can end."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def end_group(child):
    """End a child and its own children: pip and venv start some, and they keep its output open."""
    if child.poll() is not None:
        return
    if sys.platform == "win32":
        command = ["taskkill", "/F", "/T", "/PID", str(child.pid)]
        subprocess.run(command, capture_output=True, **own_group(), check=False)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
