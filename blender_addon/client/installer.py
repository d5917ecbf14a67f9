"""Runs the steps that set up the backend's environment."""

import collections
import re
import shutil
import subprocess
import threading
import time

from .child import clean_environment, kill_group, own_group

LOG_LINES = 200
LINE_FRACTION = 0.004
"""Progress of one line of output, for steps do not report any."""
HINT = re.compile(r"(hint|note):|.*╰─>", re.IGNORECASE)
"""Beginning of a line in which pip says what to do about its error."""


def failure_reason(log):
    """Why a step failed: of its lines the last error with pip's hints, else the last one."""
    lines = [line.strip() for line in log if line.strip()]
    error = next((line for line in reversed(lines) if "ERROR" in line or line.startswith("error:")), "")
    if not error:
        return lines[-1] if lines else "no message"
    hints = [line for line in lines if HINT.match(line) and line != error]
    return " ".join([error, *dict.fromkeys(hints)])


class Installer:
    """Makes an environment anew, or repairs one, in a thread, one child process a step. Begins at once.

    An older environment is set aside, and comes back when the new one could not be made. Interrupted
    half-way, the environment is not marked complete: the next installer removes it first.

    Parameters
    ----------
    environment : ManagedEnvironment
    steps : list of Step
        See core/setup_steps.py.
    disk : float
        Gigabytes that must be free.
    repair : bool
        Whether the steps only give the environment another interpreter.

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

    def __init__(self, environment, steps, disk, repair=False):
        self.fraction, self.text, self.error = 0.0, "Starting", ""
        self.log = collections.deque(maxlen=LOG_LINES)
        self._environment, self._steps, self._disk, self._repair = environment, steps, disk, repair
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
        """End the running step; what was made is removed, an older environment comes back."""
        with self._lock:
            self._cancelled = True
            if self._child is not None:
                kill_group(self._child)

    def wait(self):
        """Wait for the end; True when the environment is ready."""
        self._thread.join()
        return not self.error

    def _run(self):
        try:
            if self._repair:
                self._environment.unlink_interpreters()
            else:
                self._environment.set_aside()
            self._run_steps()
        except (OSError, RuntimeError) as error:
            self.error = str(error)
        finally:
            self._ended = time.monotonic()

    def _run_steps(self):
        try:
            if not self._repair:
                self._make_room()
            for step in self._steps:
                self.text = step.text
                self._run_step(step.command)
                self.fraction = step.fraction
            self._environment.mark_complete()
            self._environment.discard_old()
            self.text = "Ready"
        except (OSError, RuntimeError) as error:
            raise RuntimeError(f"{error} {self._undo()}".strip()) from error

    def _undo(self):
        """Leave no half-made environment; returns a sentence on what there is now."""
        if not self._repair:
            return "The backend as it was before is kept." if self._environment.restore_old() else ""
        if self._environment.state() != "ready" or self._cancelled:
            return ""
        self._environment.mark_incomplete()  # it has an interpreter again, and does not work
        return "Set it up again."

    def _make_room(self):
        parent = self._environment.folder.parent
        parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(parent).free / 1e9
        if free < self._disk:
            self._environment.discard_old()
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
            raise RuntimeError(f"{self.text} failed: {failure_reason(self.log)}")

    def _stop_if_cancelled(self):
        if self._cancelled:
            raise RuntimeError("Setting up was cancelled.")
