"""Shape Keys to Bones: read the frames, then let the backend find the bones."""

import os
from pathlib import Path

import numpy as np

from .. import steps
from ..errors import GenerationError
from .reading import FRAMES, Reading
from .result import DecompositionResult


class Decompose:
    """One press of the button.

    Parameters
    ----------
    session : Session
    source : object
        As for `Reading`, and with the rest pose's `rest` (V, 3) float32 in metres and `faces` (F, 3) int32.
    request : dict
        The arguments of `protocol.decompose`, all but the job folder.
    """

    def __init__(self, session, source, request):
        self._session, self._source, self._request = session, source, request

    def start(self):
        """Begin to read; raises GenerationError, which the session keeps."""
        try:
            self._session.take(Reading(self._source, self._session.new_folder()))
        except GenerationError as error:
            self._session.finish(error)
            raise

    def reading(self):
        """Whether frames are being read."""
        return isinstance(self._session.job, Reading)

    def step(self, build):
        """Read on, or read what the backend has sent; True once the result is built.

        Parameters
        ----------
        build : callable
            Takes a `DecompositionResult`, the request, and the weights' name and checksum.

        Raises
        ------
        GenerationError
            Nothing will come; the session keeps the error unless it is a cancel.
        """
        if self.reading():
            if steps.step_job(self._session, "animation"):
                self._send()
            return False

        def complete(job):
            result = DecompositionResult(job.answer["file"], self._source.count)
            build(result, job.request, job.hello.get("weights", {}))

        return steps.step(self._session, complete, "skeleton")

    def _send(self):
        reading = self._session.job

        def prepare(folder):
            np.savez(Path(folder) / "mesh.npz", vertices=self._source.rest, faces=self._source.faces)
            os.replace(reading.path, Path(folder) / FRAMES)
            reading.remove_folder()

        steps.start(self._session, self._request, "decompose", prepare)
