"""Generate from start to built creature over a fake backend; the scene is a list."""

import pytest

from blender_addon.core import generate
from blender_addon.core.errors import GenerationError
from blender_addon.core.session import Session

from .fake_backend import HELLO, REQUEST


@pytest.fixture
def started(session, backend):
    """A session whose backend works on `generate`."""
    generate.start(session, REQUEST)
    backend.answer("hello", HELLO)
    assert not generate.step(session, None)
    return session


def failure(session, build=None):
    """The error that the next step raises; the job has ended then."""
    with pytest.raises(GenerationError) as caught:
        generate.step(session, build)
    assert session.job is None
    return caught.value


def test_the_result_is_built_with_its_request_and_weights(started, backend, result_file):
    built = []
    backend.answer("generate", {"file": str(result_file), "stages": {"shape": 1.0}})
    assert generate.step(started, lambda *arguments: built.append(arguments))
    ((result, request, weights),) = built
    assert result.name == "Quadruped_walk_5"
    assert request == REQUEST
    assert weights == HELLO["weights"]
    assert started.job is None
    assert started.error is None
    assert started.stage_seconds == {"shape": 1.0}


def test_an_error_is_kept_to_be_shown(started, backend):
    backend.fail("generate", "out_of_memory")
    error = failure(started)
    assert started.error is error


def test_a_cancel_is_not_kept_as_an_error(started, backend):
    started.cancel()
    backend.fail("generate", "cancelled")
    assert failure(started).cancelled
    assert started.error is None


@pytest.mark.parametrize("answer", [{}, {"file": "/nowhere/result.npz"}])
def test_an_answer_without_a_readable_result_is_an_error(started, backend, answer):
    backend.answer("generate", answer)
    assert failure(started).kind == "bad_result"
    assert started.error.kind == "bad_result"


def test_a_creature_that_cannot_be_built_is_an_error_and_ends_the_job(started, backend, result_file):
    def build(*_):
        raise RuntimeError("no room in the scene")

    backend.answer("generate", {"file": str(result_file)})
    error = failure(started, build)
    assert error.kind == "internal"
    assert "RuntimeError: no room in the scene" in error.message
    assert not started.running()


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (FileNotFoundError(2, "No such file"), "The backend did not start: No such file."),
        (GenerationError("no_backend", "The backend is not set up yet."), "The backend is not set up yet."),
    ],
)
def test_a_backend_that_does_not_start_is_an_error(tmp_path, reason, text):
    def start_backend():
        raise reason

    session = Session(start_backend, lambda: str(tmp_path))
    with pytest.raises(GenerationError, match=text) as caught:
        generate.start(session, REQUEST)
    assert session.error is caught.value
    assert session.error.kind == "no_backend"
    assert not session.running()
