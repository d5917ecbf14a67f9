"""A preview that follows the panel: at most one request at a time, and the newest state wins."""

import logging

from ..errors import GenerationError
from ..result import ResultError
from .preview_body import PreviewBody

log = logging.getLogger(__name__)


def _slow_parts(request):
    """What of a request takes the backend seconds to change: one that is outdated in it is cancelled."""
    morph = request["morph"]
    return request["category"], request["seed"], None if morph is None else morph["other"]


class LivePreview:
    """Asks a session's backend for previews while it is on.

    It gives way: while the session has a job, nothing is requested, and a job that is started takes the
    place of a request at work.

    Parameters
    ----------
    session : Session

    Attributes
    ----------
    on : bool
    error : str
        Why the last request failed, as one sentence and a remedy; empty otherwise.
    body : PreviewBody or None
        The last one that has come.
    shown : dict or None
        The request that it answers.
    """

    def __init__(self, session):
        self._session = session
        self.on, self.error = False, ""
        self._forget()

    def turn_on(self):
        """Begin to follow what `step` is given."""
        self.on, self.error = True, ""
        self._forget()

    def turn_off(self, error=""):
        """End it, and the request at work; error: why, as a sentence."""
        self._session.drop_preview()
        self.on, self.error = False, error
        self._forget()

    @property
    def text(self):
        """What the backend is at work on for the preview; empty where it is not."""
        job = self._session.preview
        return job.text if job is not None else ""

    @property
    def up_to_date(self):
        """Whether nothing is under way and the last request has its answer."""
        return self._session.preview is None and self._sent is not None and self._sent == self.shown

    def step(self, request):
        """Read what has come, and send the request where it is new; returns whether there is another body.

        request: the arguments of `protocol.preview`, all but the job folder.
        """
        if not self.on or self._session.running():
            return False
        if self._started and self._session.preview is None and self._session.backend_pid() is None:
            self.turn_off("The backend was stopped, and the preview with it.")
            return False
        try:
            come = self._read(request)
            if self._session.preview is None and request != self._sent:
                self._sent, self._started, self._refused = request, True, False
                self._session.start_preview(request)
        except (GenerationError, OSError, KeyError, ResultError) as error:
            self._fail(error)
            return False
        except Exception as error:  # one that left the timer would leave the preview as it is, for ever
            log.exception("the preview failed")
            self._fail(error)
            return False
        return come

    def _forget(self):
        self.body = self.shown = self._sent = None
        self._started = False
        """Whether there was a backend: without a process it is gone since."""
        self._refused = False
        """Whether the last request was refused: it is not sent again."""

    def _read(self, request):
        job = self._session.preview
        if job is None:
            if self._sent != self.shown and not self._refused:
                self._sent = None  # another job took its place: it is requested again
            return False
        if not job.cancelling and _slow_parts(request) != _slow_parts(self._sent):
            job.cancel(patient=True)
        try:
            if not job.step():
                return False
            body = PreviewBody(job.answer["file"])
        except GenerationError as error:
            if not error.cancelled:
                raise
            self._session.finish_preview()
            self._sent = None
            return False
        self._session.finish_preview()
        self.body, self.shown, self.error = body, self._sent, ""
        return True

    def _fail(self, error):
        text = error.text if isinstance(error, GenerationError) else f"The preview failed: {error}."
        self._session.finish_preview()
        if isinstance(error, GenerationError) and error.kind == "bad_option":
            # Of these settings alone: the last body stays until they change.
            self.error, self._refused = text, True
        else:
            self.turn_off(text)
