"""Runs the steps that set up the backend's environment."""

import collections
import contextlib
import shutil
import subprocess
import threading
import time

from .child import clean_environment, end_group, own_group

LOG_LINES = 200
LINE_FRACTION = 0.004
"""Progress of one line of output, for steps do not report any."""


def usable_python(path):
    """Whether an interpreter is Python 3.11 to 3.13 and has venv with pip."""
    code = "import sys, venv, ensurepip; print(*sys.version_info[:2])"
    try:
        done = subprocess.run(
            [path, "-I", "-c", code],
            capture_output=True,
            text=True,
            timeout=30,
            env=clean_environment(),
            **own_group(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.split() in (["3", "11"], ["3", "12"], ["3", "13"])


class Installer:
    """Makes an environment anew in a thread, one child process a step. Begins at once.

    Interrupted half-way, the environment is not marked complete: the next installer removes it first.

    Parameters
    ----------
    environment : ManagedEnvironment
    steps : list of Step
        See core/setup_steps.py.
    disk : float
        Gigabytes that must be free.

    Attributes
    ----------
    fraction : float
        Progress, 0 to 1.
    text : str
        Name of the running step.
    error : str
        Why it ended without an environment; empty while it runs and after success.
    log : deque of str
        The last lines that the steps wrote.
    """

    def __init__(self, environment, steps, disk):
        self.fraction, self.text, self.error = 0.0, "Starting", ""
        self.log = collections.deque(maxlen=LOG_LINES)
        self._environment, self._steps, self._disk = environment, steps, disk
        self._began, self._ended = time.monotonic(), None
        self._child, self._cancelled, self._lock = None, False, threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def running(self):
        """Whether steps are at work."""
        return self._thread.is_alive()

    @property
    def elapsed(self):
        """Seconds since the start, until the end."""
        return (self._ended or time.monotonic()) - self._began

    def cancel(self):
        """End the running step; what was made is removed."""
        with self._lock:
            self._cancelled = True
            if self._child is not None:
                end_group(self._child)

    def wait(self):
        """Wait for the end; True when the environment is ready."""
        self._thread.join()
        return not self.error

    def _run(self):
        try:
            self._make_room()
            for step in self._steps:
                self.text = step.text
                self._run_step(step.command)
                self.fraction = step.fraction
            self._environment.mark_complete()
            self.text = "Ready"
        except (OSError, RuntimeError) as error:
            self.error = str(error)
            with contextlib.suppress(OSError):
                self._environment.remove()
        finally:
            self._ended = time.monotonic()

    def _make_room(self):
        self._environment.remove()
        parent = self._environment.folder.parent
        parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(parent).free / 1e9
        if free < self._disk:
            raise RuntimeError(
                f"{parent} has {free:.1f} GB free, setting up takes about {self._disk:g}. "
                "Free some space and try again."
            )

    def _run_step(self, command):
        with self._lock:
            self._stop_if_cancelled()
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=clean_environment(),
                **own_group(),
            )
        with self._child.stdin, self._child.stdout as lines:
            for line in lines:
                self.log.append(line.decode("utf-8", errors="replace").rstrip())
                self.fraction = min(self.fraction + LINE_FRACTION, 0.94)
        if self._child.wait() != 0:
            self._stop_if_cancelled()
            last = self.log[-1] if self.log else "no message"
            reason = next((line for line in reversed(self.log) if "ERROR" in line), last)
            raise RuntimeError(f"{self.text} failed: {reason}")

    def _stop_if_cancelled(self):
        if self._cancelled:
            raise RuntimeError("Setting up was cancelled; nothing was kept.")
