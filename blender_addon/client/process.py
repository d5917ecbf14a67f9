"""The backend's process: spawn, write, read, kill. No bpy, so it can be tested alone."""

import collections
import contextlib
import os
import queue
import subprocess
import sys
import threading

from . import protocol

LOG_LINES = 400
LINE_BYTES = 1 << 20


def clean_environment():
    """Our environment without what would make another Python load Blender's libraries."""
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH")}


class BackendProcess:
    """A child that speaks the protocol on its stdin and stdout.

    Its messages are put into a queue by a thread and taken out by `messages()` on the main thread. Its
    stderr is kept in a ring buffer. It exits by itself when our end of its stdin is closed, however we end.
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

    def send(self, method, params=None):
        """Send a request; returns its id. Raises OSError when the backend is gone."""
        self._ids += 1
        self._child.stdin.write(protocol.request(self._ids, method, params))
        self._child.stdin.flush()
        return self._ids

    def messages(self):
        """All messages that have arrived since the last call."""
        out = []
        while True:
            try:
                out.append(self._queue.get_nowait())
            except queue.Empty:
                return out

    def kill(self):
        """End the process now and wait for it."""
        if self.alive():
            self._child.kill()
        try:
            self._child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.log.append("the backend did not end when it was killed")
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            # a broken pipe on close: the child is gone, which is what we want
            with contextlib.suppress(OSError):
                stream.close()

    def _read(self):
        try:
            # Bounded, so that a child that writes no line ends cannot fill the memory.
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
