"""Animate Selected: analyse the mesh where kind or direction are not given, then animate it."""

import logging
from pathlib import Path

from .. import steps
from ..errors import GenerationError
from .guess import Guess, facing_of
from .request import actions_for, check
from .result import AnimatedResult

log = logging.getLogger(__name__)


class Animate:
    """One press of the button: one or two jobs of a session.

    Parameters
    ----------
    session : Session
    mesh : MeshInput
    rig : Rig or None
        The artist's own bones; used where `choices.rig` is "own".
    choices : Choices
    actions_of : callable
        Takes a category, returns its actions.

    Attributes
    ----------
    guess : Guess or None
        What the backend guessed in this press.
    """

    def __init__(self, session, mesh, rig, choices, actions_of):
        self._session, self._mesh, self._rig, self._choices = session, mesh, rig, choices
        self._actions_of = actions_of
        self.guess = None

    def start(self):
        """Start the first job; raises GenerationError, which the session keeps."""
        try:
            check(self._choices)
        except GenerationError as error:
            self._session.finish(error)
            raise
        if self._choices.category is None or self._choices.direction is None:
            direction = self._choices.direction
            request = {
                "category": self._choices.category,
                "facing": None if direction is None else facing_of(direction),
            }
            steps.start(self._session, request, "analyse_mesh", self._write_mesh)
        else:
            self._start_animate(self._choices.category, self._choices.direction)

    def step(self, build):
        """Read what the backend has sent.

        Parameters
        ----------
        build : callable
            Takes an `AnimatedResult`, the request, and the weights' name and checksum.

        Returns
        -------
        str or None
            None while it is at work, "built", or "ask": the artist must confirm `guess`, nothing is animated.

        Raises
        ------
        GenerationError
            Nothing will come; the session keeps the error unless it is a cancel.
        """

        def complete(job):
            if job.method == "analyse_mesh":
                self.guess = self._read_guess(job.answer)
            else:
                bones = job.request["bone_names"]
                result = AnimatedResult(job.answer["file"], len(self._mesh.vertices), bones)
                build(result, job.request, job.hello.get("weights", {}))

        analysed = self._session.job.method == "analyse_mesh"
        if not steps.step(self._session, complete, "animation"):
            return None
        if not analysed:
            return "built"
        if self.guess.ask:
            return "ask"
        self._start_animate(self.guess.category, self.guess.direction)
        return None

    def _read_guess(self, answer):
        try:
            return Guess.from_answer(answer)
        except (KeyError, TypeError, ValueError) as error:
            log.warning("no guess: %r", error)
            text = "The backend could not say what the mesh is."
            raise GenerationError("bad_result", text, "Choose its kind and its direction.") from error

    def _start_animate(self, category, direction):
        choices, own = self._choices, self._rig is not None and self._choices.rig == "own"
        request = {
            "category": category,
            "facing": facing_of(direction),
            "donor": choices.donor,
            "actions": actions_for(choices.actions, self._actions_of(category)),
            "seed": choices.seed,
            "fps": choices.fps,
            "frames": None,
            "rig": "own" if own else "donor",
            "output": "armature" if own else choices.output,
            "fallback": choices.fallback,
            "bone_names": self._rig.names if own else None,
        }
        steps.start(self._session, request, "animate", self._write_mesh)

    def _write_mesh(self, folder):
        rig = self._rig if self._choices.rig == "own" else None
        self._mesh.write(Path(folder) / "mesh.npz", rig)
