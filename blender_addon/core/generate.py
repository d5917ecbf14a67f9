"""Generate: a session's job from its start to the creature in the scene."""

from . import steps
from .mesh_frames_file import MeshFramesFile, holds_mesh_frames
from .result import Result

start = steps.start


def step(session, build):
    """Read what the backend has sent; True when the creature is built.

    Parameters
    ----------
    session : Session
        It has a job, and none any longer once this returns True or raises.
    build : callable
        Takes a `Result` or `MeshFramesFile`, the request, and the weights' name and checksum as in the answer
        to `hello`; builds the creature.

    Raises
    ------
    GenerationError
        No creature will come; the session keeps the error unless it is a cancel.
    """

    def complete(job):
        path = job.answer["file"]
        result = MeshFramesFile(path) if holds_mesh_frames(path) else Result(path)
        build(result, job.request, job.hello.get("weights", {}))

    return steps.step(session, complete)
