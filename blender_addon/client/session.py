"""The one backend of this Blender, the job it works on, and what it last said."""

import json
import os
import tempfile

import bpy

from . import environment
from .job import Job
from .process import BackendProcess

_backend = None
hello = None
job = None
error = None
log = ()


def close():
    """End the job and the backend."""
    global _backend, hello, job
    if job is not None:
        job.discard()
    if _backend is not None:
        _remember_log()
        _backend.kill()
    _backend = hello = job = None


def forget():
    """A new file: the job and the backend end, and the old file's error is not this one's."""
    global error
    close()
    error = None


def running():
    """Whether a job is being worked on."""
    return job is not None and not job.finished


def backend_pid():
    """Process id of the backend, or None."""
    return _backend.pid if _backend is not None and _backend.alive() else None


def current_log():
    """The backend's last lines on stderr, also after it has ended."""
    return list(_backend.log) if _backend is not None else list(log)


def start(make_params):
    """Start a job; the backend is started when there is none.

    Parameters
    ----------
    make_params : callable
        Takes the job folder (str), returns the parameters of `generate`.
    """
    global _backend, hello, job, error
    error = None
    if _backend is not None and not _backend.alive():
        close()
    if _backend is None:
        _backend, hello = BackendProcess(_command()), None
    folder = tempfile.mkdtemp(prefix="zoetrope_", dir=bpy.app.tempdir or None)
    job = Job(_backend, hello, make_params(folder))
    return job


def end(failure=None):
    """Forget the finished job; keep what it learned."""
    global _backend, hello, job, error
    if job is not None:
        if job.hello is not None:
            hello = job.hello
        job.discard()
    job, error = None, failure
    if _backend is not None and not _backend.alive():
        _remember_log()
        _backend.kill()
        _backend = hello = None


def _remember_log():
    global log
    log = tuple(_backend.log)


def _command():
    python = environment.python()
    arguments = os.environ.get("ZOETROPE_BACKEND_ARGS")
    if arguments:
        return [python, *json.loads(arguments)]
    # -I: neither the current folder nor the user's own packages are looked at.
    return [python, "-I", "-X", "utf8", "-m", "zoetrope", "serve", "--weights", str(environment.weights())]
