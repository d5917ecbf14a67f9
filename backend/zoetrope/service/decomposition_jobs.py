"""The work of `decompose`: bones for the vertex animation in a job folder."""

import contextlib
from pathlib import Path

from zoetrope.engines.animate.decomposition import VertexAnimation, find_bones, save_bones
from zoetrope.engines.base import Engine
from zoetrope.errors import ZoetropeError
from zoetrope.rigs.decomposition.frames_file import FramesFile
from zoetrope.service import requests, results
from zoetrope.service.animation_jobs import read_mesh
from zoetrope.service.jobs import Job, check_job_folder

FRAMES = "frames.npy"
SHARES = {"load": 0.02, "intake": 0.13, "decompose": 0.35, "skeleton": 0.48, "write": 0.02}
"""Share of each stage in the overall fraction, measured at 40,000 vertices and 24 bones."""


def decompose(_engine: Engine, params: requests.Decompose, job: Job) -> results.DecomposeResult:
    """Find bones and write the result file; a job that fails or is cancelled leaves none."""
    path = check_job_folder(Path(params.job_folder))
    rest, faces, _ = read_mesh(path.parent)
    with contextlib.closing(read_frames(path.parent)) as frames:
        animation = VertexAnimation(rest, faces, frames)
        found = find_bones(animation, params.bones, params.tolerance, job.on_progress)
    job.write(path, lambda target: save_bones(target, found, params.name, params.fps))
    error = found.error
    return results.DecomposeResult(
        str(path),
        len(found.tree.skeleton.names) - 1,
        error.mean,
        error.p99,
        error.largest,
        found.diagonal,
        found.reached,
        *job.timing(),
    )


def read_frames(folder: Path) -> FramesFile:
    """Return the frames (T, V, 3) of a job folder, which are read as they are asked for.

    Raises
    ------
    ZoetropeError
        Code "bad_request": there is no such file, or it is damaged.
    """
    path = folder / FRAMES
    try:
        return FramesFile(path)
    except (OSError, EOFError, ValueError) as error:
        raise ZoetropeError(
            f"{path} could not be read: {error}.",
            code="bad_request",
            remedy="Write the frames (T, V, 3) into it before the request.",
        ) from error
