"""One request to the backend: a state machine, advanced by a timer."""

import shutil
import time

from ..client import protocol
from ..client.child import ran_out_of_memory
from .errors import GenerationError

HELLO_SECONDS = 120.0
SILENT_SECONDS = 180.0
CANCEL_SECONDS = 1.5

STAGES = {
    "start": "Starting the backend",
    "load": "Loading the weights",
    "weights": "Sampling the creature",
    "shape": "Sampling the body",
    "motion": "Sampling the motion",
    "surface": "Extracting the surface",
    "low_poly": "Reducing the faces",
    "texture": "Baking the textures",
    "morph": "Changing the build",
    "frames": "Animating the surface",
    "tracking": "Tracking the surface",
    "intake": "Reading the mesh",
    "guess": "Looking at the mesh",
    "recognise": "Recognising the creature",
    "register": "Matching the body",
    "skeleton": "Fitting the skeleton",
    "decompose": "Finding the bones",
    "retarget": "Retargeting the motion",
    "write": "Writing",
}
"""The protocol's stages, and "start" before them -> text on the progress bar."""

METHODS = {
    "generate": protocol.generate,
    "preview": protocol.preview,
    "analyse_mesh": protocol.analyse_mesh,
    "animate": protocol.animate,
    "decompose": protocol.decompose,
}
"""Method -> the function that makes its parameters."""
MEMORY_REMEDIES = {
    "generate": "Choose a lower detail, a smaller texture, fewer faces or frames, or close other programs.",
    "decompose": "Choose fewer frames, use a decimated copy, or close other programs.",
}


class Job:
    """Sends `hello` where the backend has not answered it yet, then its method, and reads until the answer.

    Parameters
    ----------
    backend : BackendProcess
        Anything with `send`, `messages`, `alive`, `kill` and `log` will do.
    hello : dict or None
        The backend's answer to `hello`; None where it was not sent yet.
    request : dict
        The arguments of the method's function in `protocol`, all but the job folder.
    folder : str
        The job folder; removed when the job fails.
    clock : callable
        Returns rising seconds.
    method : str
        A key of METHODS.

    Attributes
    ----------
    stage : str
        A key of STAGES.
    fraction : float
        Overall progress, 0 to 1.
    answer : dict or None
        The backend's answer to the method.
    finished, cancelling : bool
        Whether the job has ended; whether it is to be cancelled.
    """

    def __init__(self, backend, hello, request, folder, clock=time.monotonic, method="generate"):
        self.method = method
        self.backend, self.hello, self.request, self.folder = backend, hello, request, folder
        self.stage, self.fraction, self.answer = "start", 0.0, None
        self.finished = self.cancelling = False
        self._clock = clock
        self._began = self._last_message = clock()
        self._cancel_by = None
        self._hello_id = self._request_id = None
        if hello is None:
            self._hello_id = self._send("hello", protocol.hello())
        else:
            self._send_request()

    @property
    def text(self):
        """Text on the progress bar."""
        return "Cancelling" if self.cancelling else STAGES.get(self.stage, self.stage)

    @property
    def elapsed(self):
        """Seconds since the start."""
        return self._clock() - self._began

    def cancel(self, patient=False):
        """Cancel: `step` raises when the backend has stopped, or kills it when it does not in time.

        patient: it is not killed; one that was not sent yet is cancelled when the backend has started.
        """
        if self.cancelling or self.finished:
            return
        self.cancelling = True
        if patient:
            if self._request_id is not None:
                self._send("cancel", protocol.cancel(self._request_id))
            return
        self._cancel_by = self._clock()
        if self._request_id is not None:  # a backend that is still starting is not waited for
            self._cancel_by += CANCEL_SECONDS
            self._send("cancel", protocol.cancel(self._request_id))

    def step(self):
        """Read what has arrived; True once the answer is there, GenerationError when none will come."""
        for message in self.backend.messages():
            self._last_message = self._clock()
            self._read(message)
            if self.finished:
                return True
        now = self._clock()
        if self._cancel_by is not None and now > self._cancel_by:
            self.backend.kill()
            self._fail("cancelled", "Cancelled.")
        if not self.backend.alive():
            if ran_out_of_memory(self.backend.exit_status()):
                self._fail(
                    "out_of_memory",
                    "The system ended the backend, most likely because the memory ran out.",
                    MEMORY_REMEDIES.get(self.method, "Choose fewer actions, or close other programs."),
                )
            last = next((line for line in reversed(self.backend.log) if line.strip()), "")
            self._fail(
                "crashed",
                "The backend ended unexpectedly" + (f": {last}" if last else "."),
                "Look at its log, or set it up again in the preferences.",
            )
        limit = HELLO_SECONDS if self._request_id is None else SILENT_SECONDS
        if now - self._last_message > limit:
            self.backend.kill()
            self._fail("silent", f"The backend did not answer for {limit:.0f} seconds.", "Try again.")
        return False

    def remove_folder(self):
        """Remove the job's files."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _send(self, method, params):
        try:
            return self.backend.send(method, params)
        except (OSError, ValueError):
            return None  # the process is gone: step() reports it

    def _send_request(self):
        self._request_id = self._send(self.method, METHODS[self.method](self.folder, **self.request))

    def _fail(self, kind, message, remedy=""):
        self.finished = True
        self.remove_folder()
        raise GenerationError(kind, message, remedy)

    def _read(self, message):
        if message.get("method") == "progress":
            self._read_progress(message["params"])
            return
        ident = message.get("id")
        if ident is None or ident not in (self._hello_id, self._request_id):
            return
        if "error" in message:
            self._read_error(ident, message["error"])
        elif ident == self._hello_id:
            self._read_hello(message["result"])
        else:
            if self.cancelling:
                self._fail("cancelled", "Cancelled.")  # it was quicker than the cancel: dropped
            self.answer, self.finished, self.fraction = message["result"], True, 1.0

    def _read_progress(self, progress):
        if progress["id"] == self._request_id:
            self.stage, self.fraction = progress["stage"], float(progress["fraction"])

    def _read_error(self, ident, error):
        if ident == self._hello_id:
            self.backend.kill()  # of no use without an answer to hello
        if self.cancelling:
            self._fail("cancelled", "Cancelled.")
        data = error.get("data", {})
        self._fail(data.get("kind", "internal"), error["message"], data.get("remedy", ""))

    def _read_hello(self, answer):
        self.hello, self._hello_id = answer, None
        spoken = answer.get("protocol")
        if spoken != protocol.PROTOCOL:
            self._refuse(
                f"The backend speaks protocol {spoken}, this add-on {protocol.PROTOCOL}.",
                "Set up the backend again.",
            )
        try:
            protocol.categories(answer)
        except ValueError as error:
            self._refuse(f"The backend is not Zoetrope's: {error}.", "Set it up again.")
        if self.cancelling and self._cancel_by is None:
            self._fail("cancelled", "Cancelled.")
        if not self.cancelling:
            self._send_request()

    def _refuse(self, message, remedy):
        self.backend.kill()
        self._fail("protocol_mismatch", message, remedy)
