"""Generate: a session's job from its start to the creature in the scene."""

from . import steps
from .mesh_frames_file import MeshFramesFile, holds_mesh_frames
from .request import HYPERDIFFUSION
from .result import Result

start = steps.start


def step(session, build):
    """Read what the backend has sent; True when the creature is built.

    Parameters
    ----------
    session : Session
        It has a job, and none any longer once this returns True or raises.
    build : callable
        Takes a `Result` or `MeshFramesFile`, the request, and the name and checksum of the weights; builds
        the creature.

    Raises
    ------
    GenerationError
        No creature will come; the session keeps the error unless it is a cancel.
    """

    def complete(job):
        path = job.answer["file"]
        result = MeshFramesFile(path) if holds_mesh_frames(path) else Result(path)
        build(result, job.request, _weights(result, job.hello))

    return steps.step(session, complete)


def _weights(result, hello):
    """Name and checksum of the weights that made a result: those of `hello`, or of another engine its own."""
    engine = result.meta.get("engine")
    if engine == HYPERDIFFUSION:
        return {"name": engine, "checksum": str(result.meta.get("weights", ""))}
    return hello.get("weights", {})
