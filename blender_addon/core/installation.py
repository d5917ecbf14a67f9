"""Where the add-on's files, the backend's Python and its weights are."""

import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path

from .errors import GenerationError
from .managed_environment import ManagedEnvironment

SET_UP = "Set it up in the add-on's preferences."


@dataclasses.dataclass(frozen=True)
class Installation:
    """What this Blender has of the backend. Its methods look at files and start nothing.

    Environment variables override the rest, for tests and development: ZOETROPE_BACKEND_PYTHON,
    ZOETROPE_BACKEND_ARGS (a JSON list, in place of `-m zoetrope serve ...`), ZOETROPE_WEIGHTS.
    """

    addon: Path
    """The add-on's own folder."""
    managed_folder: Path
    """Where Set Up Backend makes its environment."""
    preferred_python: str = ""
    """Interpreter that the preferences name; empty: the managed environment's."""
    variables: Mapping[str, str] = dataclasses.field(default_factory=lambda: os.environ)

    @property
    def environment(self):
        """The managed environment."""
        return ManagedEnvironment(self.managed_folder, self.wheel())

    def wheel(self):
        """The backend's wheel that came with the add-on, or None in a source checkout."""
        found = sorted((self.addon / "backend_wheel").glob("zoetrope-*.whl"))
        return found[-1] if found else None

    def weights(self):
        """Folder of weights: override, else the add-on's own, else the checkout's, else None."""
        override = self.variables.get("ZOETROPE_WEIGHTS")
        if override:
            return Path(override)
        folders = (self.addon / "weights", self.addon.parent / "weights")
        return next((folder for folder in folders if (folder / "checksums").is_file()), None)

    def labels(self):
        """The add-on's own list of categories and actions."""
        return self.addon / "labels.json"

    def python(self):
        """The backend's interpreter: override, preference, managed environment. May raise GenerationError."""
        override = self.variables.get("ZOETROPE_BACKEND_PYTHON")
        if override:
            return override
        if self.preferred_python:
            if not Path(self.preferred_python).is_file():
                raise _no_backend(f"There is no Python at {self.preferred_python}.")
            return self.preferred_python
        environment = self.environment
        state = environment.state()
        if state == "ready":
            return str(environment.python)
        if state == "broken":
            raise _no_backend("The backend's Python is gone: Blender was moved or updated.")
        if state == "outdated":
            raise _no_backend("The backend that is set up belongs to another version of the add-on.")
        raise _no_backend("The backend is not set up yet.")

    def missing(self):
        """Why there is no interpreter, as one sentence; empty where there is one."""
        try:
            self.python()
        except GenerationError as error:
            return error.message
        return ""

    def serve_command(self):
        """Command of the backend's process; raises GenerationError without interpreter or weights."""
        python = self.python()
        arguments = self.variables.get("ZOETROPE_BACKEND_ARGS")
        if arguments:
            return [python, *json.loads(arguments)]
        weights = self.weights()
        if weights is None:
            raise _no_backend("The extension has lost its weights.", "Install its zip again.")
        # -I: neither the current folder nor the user's own packages are looked at.
        return [python, "-I", "-X", "utf8", "-m", "zoetrope", "serve", "--weights", str(weights)]


def _no_backend(message, remedy=SET_UP):
    return GenerationError("no_backend", message, remedy)
