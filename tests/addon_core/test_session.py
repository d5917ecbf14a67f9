"""A session: when a backend is started, kept and ended, and what stays after a job."""

import pytest

from blender_addon.core import steps
from blender_addon.core.errors import GenerationError
from blender_addon.core.session import Session

from .fake_backend import HELLO, REQUEST


def finish_one(session, backend, **answer):
    """Generate once."""
    session.start(REQUEST)
    if session.hello is None:
        backend.answer("hello", HELLO)
        session.job.step()
    backend.answer("generate", {"file": "f", **answer})
    assert session.job.step()
    session.finish()


def test_a_backend_is_started_once_and_reused(session, backend):
    assert session.backend_pid() is None
    finish_one(session, backend)
    finish_one(session, backend)
    assert backend.starts == 1
    assert backend.methods() == ["hello", "generate", "generate"]
    assert session.hello == HELLO
    assert session.backend_pid() == backend.pid


def test_a_finished_job_leaves_its_seconds_and_no_files(session, backend, folder):
    finish_one(session, backend, stages={"shape": 0.5})
    assert session.stage_seconds == {"shape": 0.5}
    assert session.job is None
    assert not session.running()
    assert not folder.exists()


def test_a_dead_backend_is_started_again_and_its_log_kept(session, backend):
    finish_one(session, backend)
    backend.die("the last line")
    session.start(REQUEST)
    assert backend.starts == 2
    assert session.hello is None
    session.close()
    assert session.log_lines() == ["the last line"]


def test_a_job_that_ended_with_its_backend_leaves_none(session, backend):
    session.start(REQUEST)
    backend.die("out of luck")
    with pytest.raises(GenerationError) as caught:
        session.job.step()
    session.finish(caught.value)
    assert session.error is caught.value
    assert session.hello is None
    assert session.backend_pid() is None
    assert session.log_lines() == ["out of luck"]


def test_a_new_job_clears_the_error_of_the_last(session):
    session.finish(GenerationError("internal", "It failed."))
    session.start(REQUEST)
    assert session.error is None
    assert session.running()


def test_a_folder_that_cannot_be_made_is_no_missing_backend(backend):
    def fail():
        raise PermissionError(13, "Permission denied", "/there")

    session = Session(backend.start, fail)
    with pytest.raises(GenerationError, match=r"job's files: Permission denied: /there\.") as caught:
        steps.start(session, REQUEST)
    assert session.error is caught.value
    assert not session.running()


def test_cancel_without_a_job_does_nothing(session):
    session.cancel()
    assert not session.running()


def test_cancel_cancels_the_job(session):
    job = session.start(REQUEST)
    session.cancel()
    assert job.cancelling


def test_close_ends_job_and_backend(session, backend, folder):
    session.start(REQUEST)
    assert folder.is_dir()
    session.close()
    assert session.job is None
    assert not backend.alive()
    assert not folder.exists()


def test_another_file_does_not_show_the_last_ones_error(session):
    session.start(REQUEST)
    session.error = GenerationError("internal", "It failed.")
    session.forget()
    assert session.error is None
    assert session.job is None
