"""The backend's process: start, write, read, kill."""

import collections
import contextlib
import queue
import subprocess
import sys
import threading

from . import protocol
from .child import clean_environment

LOG_LINES = 400
LINE_BYTES = 1 << 20


class BackendProcess:
    """A child process that speaks the protocol on its stdin and stdout.

    A thread puts its messages into a queue, `messages` takes them out. The last lines of its stderr are kept
    in `log`. It exits by itself when its stdin is closed, which the system does when Blender is killed.

    Parameters
    ----------
    command : list of str
        Raises OSError where it cannot be started.
    """

    def __init__(self, command):
        flags = subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**clean_environment(), "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"},
            creationflags=flags,
        )
        self.log = collections.deque(maxlen=LOG_LINES)
        self._queue = queue.Queue()
        self._ids = 0
        for target in (self._read, self._read_log):
            threading.Thread(target=target, daemon=True).start()

    @property
    def pid(self):
        """Process id."""
        return self._child.pid

    def alive(self):
        """Whether the process runs."""
        return self._child.poll() is None

    def exit_status(self):
        """Exit status as `subprocess` gives it, negative for a signal; None while the process runs."""
        return self._child.poll()

    def send(self, method, params=None):
        """Send a request; returns its id. Raises OSError when the backend is gone."""
        self._ids += 1
        self._child.stdin.write(protocol.request(self._ids, method, params))
        self._child.stdin.flush()
        return self._ids

    def messages(self):
        """All messages that have arrived since the last call, as `protocol.parse` returns them."""
        arrived = []
        while True:
            try:
                arrived.append(self._queue.get_nowait())
            except queue.Empty:
                return arrived

    def kill(self):
        """End the process now and wait for it."""
        if self.alive():
            self._child.kill()
        try:
            self._child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.log.append("the backend did not end when it was killed")
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            # A broken pipe: the child is gone already.
            with contextlib.suppress(OSError):
                stream.close()

    def _read(self):
        try:
            # Bounded: a child that writes no line ends must not fill the memory.
            for line in iter(lambda: self._child.stdout.readline(LINE_BYTES), b""):
                message = protocol.parse(line)
                if message is None:
                    text = line.decode("utf-8", errors="replace").rstrip()
                    self.log.append(f"not a message: {text[:200]}")
                else:
                    self._queue.put(message)
        except (OSError, ValueError):
            return  # the pipe was closed by kill()

    def _read_log(self):
        try:
            for line in iter(lambda: self._child.stderr.readline(LINE_BYTES), b""):
                self.log.append(line.decode("utf-8", errors="replace").rstrip())
        except (OSError, ValueError):
            return
