"""A session's job from its start to its end: what all verbs that use the backend share."""

import logging

from .errors import GenerationError
from .result import ResultError

log = logging.getLogger(__name__)


def start(session, request, method="generate", prepare=None):
    """Start a job; raises GenerationError, which the session keeps, where no backend can be started.

    Parameters are those of `Session.start`.
    """
    try:
        session.start(request, method, prepare)
    except GenerationError as error:
        failure = error
    except OSError as error:
        text = f"The backend did not start: {error.strerror}."
        failure = GenerationError("no_backend", text, "Set it up in the add-on's preferences.")
    else:
        return
    session.finish(failure)
    raise failure


def step(session, complete, noun="creature"):
    """Read what the backend has sent; True when the job is complete.

    Parameters
    ----------
    session : Session
        It has a job, and none any longer once this returns True or raises.
    complete : callable
        Takes the `Job` with its answer, and does what is to be done with it.
    noun : str
        What is made, for sentences.

    Raises
    ------
    GenerationError
        Nothing will come; the session keeps the error unless it is a cancel.
    """

    def finish():
        complete(session.job)
        session.finish()

    return step_job(session, noun, finish)


def step_job(session, noun, then=None):
    """Advance a session's job, of any kind; True when it is done, and `then` was called; else as `step`.

    then: callable without arguments, or None; what it raises counts as the job's failure.
    """
    try:
        if not session.job.step():
            return False
        if then is not None:
            then()
        return True
    except GenerationError as error:
        failure = error
    except (KeyError, ResultError) as error:
        failure = GenerationError("bad_result", f"The backend sent no {noun}: {error}", "Try again.")
    except Exception as error:
        # An exception that leaves a modal operator would leave its job running for ever.
        log.exception("building the %s failed", noun)
        text = f"The {noun} could not be built: {type(error).__name__}: {error}."
        failure = GenerationError("internal", text, "Please report it.")
    session.finish(None if failure.cancelled else failure)
    raise failure
