"""One request for a creature, as a state machine that is stepped by a timer. No bpy."""

import shutil
import time
from pathlib import Path

from . import protocol

HELLO_SECONDS = 120.0
SILENT_SECONDS = 180.0
CANCEL_SECONDS = 1.5

STAGES = {
    "start": "Starting the backend",
    "load": "Loading the weights",
    "shape": "Drawing a body",
    "motion": "Drawing its motion",
    "surface": "Building the surface",
    "frames": "Moving the surface",
    "write": "Writing",
}


class JobError(Exception):
    """A job that ended without a creature: a kind, one sentence, and a remedy."""

    def __init__(self, kind, message, remedy=""):
        super().__init__(message)
        self.kind, self.message, self.remedy = kind, message, remedy


class Job:
    """Drives one `generate` request over a backend that may still have to say hello.

    Parameters
    ----------
    backend : BackendProcess
    hello : dict or None
        What the backend answered to `hello`; None when it has not been asked yet.
    params : dict
        As `protocol.generate` makes them.
    """

    def __init__(self, backend, hello, params):
        self.backend, self.hello, self.params = backend, hello, params
        self.stage, self.fraction, self.result = "start", 0.0, None
        self.finished = False
        self.cancelling = False
        self.began = self._heard = time.monotonic()
        self._cancel_by = None
        self._hello_id = self._job_id = None
        if hello is None:
            self._hello_id = self._send("hello", protocol.hello())
        else:
            self._ask()

    @property
    def text(self):
        """What the artist reads on the progress bar."""
        return "Cancelling" if self.cancelling else STAGES.get(self.stage, self.stage)

    @property
    def elapsed(self):
        """Seconds since the start."""
        return time.monotonic() - self.began

    def cancel(self):
        """Ask the backend to stop; `step` raises when it has, or kills it when it does not answer."""
        if self.cancelling or self.finished:
            return
        self.cancelling = True
        self._cancel_by = time.monotonic() + CANCEL_SECONDS
        if self._job_id is None:
            self._cancel_by = time.monotonic()  # it has not begun to work: nothing to wait for
        else:
            self._send("cancel", protocol.cancel(self._job_id))

    def step(self):
        """Read what has arrived. True when the result is there; raises JobError when there will be none."""
        for message in self.backend.messages():
            self._heard = time.monotonic()
            self._read(message)
            if self.finished:
                return True
        now = time.monotonic()
        if self._cancel_by is not None and now > self._cancel_by:
            self.backend.kill()
            self._fail("cancelled", "Cancelled.")
        if not self.backend.alive():
            last = next((line for line in reversed(self.backend.log) if line.strip()), "")
            self._fail(
                "crashed",
                "The backend ended unexpectedly" + (f": {last}" if last else "."),
                "Look at its log, or set it up again in the preferences.",
            )
        limit = HELLO_SECONDS if self._job_id is None else SILENT_SECONDS
        if now - self._heard > limit:
            self.backend.kill()
            self._fail("silent", f"The backend did not answer for {limit:.0f} seconds.", "Try again.")
        return False

    def _send(self, method, params):
        try:
            return self.backend.send(method, params)
        except (OSError, ValueError):
            return None  # step() sees that the process is gone and says so

    def _ask(self):
        self._job_id = self._send("generate", self.params)

    def _fail(self, kind, message, remedy=""):
        self.finished = True
        shutil.rmtree(self.params["job_folder"], ignore_errors=True)
        raise JobError(kind, message, remedy)

    def _read(self, message):
        if message.get("method") == "progress":
            progress = message["params"]
            if progress.get("id") == self._job_id:
                self.stage, self.fraction = progress["stage"], float(progress["fraction"])
            return
        ident = message.get("id")
        if "error" in message:
            error = message["error"]
            data = error.get("data", {})
            if ident in (self._hello_id, self._job_id) and ident is not None:
                if ident == self._hello_id:
                    self.backend.kill()  # a backend that cannot greet us is of no use
                if self.cancelling:
                    self._fail("cancelled", "Cancelled.")
                self._fail(data.get("kind", "internal"), error["message"], data.get("remedy", ""))
        elif ident is not None and ident == self._hello_id:
            self.hello, self._hello_id = message["result"], None
            if self.hello.get("protocol") != protocol.PROTOCOL:
                self.backend.kill()
                self._fail(
                    "protocol_mismatch",
                    f"The backend speaks protocol {self.hello.get('protocol')}, "
                    f"this add-on {protocol.PROTOCOL}.",
                    "Set up the backend again.",
                )
            try:
                protocol.categories(self.hello)
            except ValueError as error:
                self.backend.kill()
                self._fail("protocol_mismatch", f"The backend is not ours: {error}.", "Set it up again.")
            if not self.cancelling:
                self._ask()
        elif ident is not None and ident == self._job_id:
            if self.cancelling:
                self._fail("cancelled", "Cancelled.")  # it was quicker than the cancel: dropped
            self.result, self.finished, self.fraction = message["result"], True, 1.0

    def discard(self):
        """Remove the job's files."""
        shutil.rmtree(Path(self.params["job_folder"]), ignore_errors=True)
