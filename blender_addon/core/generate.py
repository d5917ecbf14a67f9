"""Generate: a session's job from its start to the creature in the scene."""

import logging

from .errors import GenerationError
from .result import Result, ResultError

log = logging.getLogger(__name__)


def start(session, request):
    """Start a job; raises GenerationError, which the session keeps, where no backend can be started."""
    try:
        session.start(request)
    except GenerationError as error:
        failure = error
    except OSError as error:
        text = f"The backend did not start: {error.strerror}."
        failure = GenerationError("no_backend", text, "Set it up in the add-on's preferences.")
    else:
        return
    session.finish(failure)
    raise failure


def step(session, build):
    """Read what the backend has sent; True when the creature is built.

    Parameters
    ----------
    session : Session
        It has a job, and none any longer once this returns True or raises.
    build : callable
        Takes a `Result`, the request, and the weights' name and checksum as in the answer to `hello`; builds
        the creature.

    Raises
    ------
    GenerationError
        No creature will come; the session keeps the error unless it is a cancel.
    """
    try:
        job = session.job
        if not job.step():
            return False
        build(Result(job.answer["file"]), job.request, job.hello.get("weights", {}))
    except GenerationError as error:
        failure = error
    except (KeyError, ResultError) as error:
        failure = GenerationError("bad_result", f"The backend sent no creature: {error}", "Try again.")
    except Exception as error:
        # An exception that leaves a modal operator would leave its job running for ever.
        log.exception("building the creature failed")
        text = f"The creature could not be built: {type(error).__name__}: {error}."
        failure = GenerationError("internal", text, "Please report it.")
    else:
        session.finish()
        return True
    session.finish(None if failure.cancelled else failure)
    raise failure
