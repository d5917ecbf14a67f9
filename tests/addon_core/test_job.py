"""A job over a fake backend: hello, progress, answer, cancel, errors, a crash, silence."""

import pytest

from blender_addon.core import job as job_module
from blender_addon.core.errors import GenerationError
from blender_addon.core.job import Job

from .fake_backend import HELLO, REQUEST


def failure(job):
    """The error that the job's next step raises; its files are gone then."""
    with pytest.raises(GenerationError) as caught:
        job.step()
    assert job.finished
    return caught.value


@pytest.fixture
def generating(job, backend):
    """A job whose `hello` was answered and whose `generate` was sent."""
    backend.answer("hello", HELLO)
    assert not job.step()
    return job


def test_generate_is_sent_once_hello_is_answered(job, backend, folder):
    assert backend.methods() == ["hello"]
    assert job.text == "Starting the backend"
    backend.answer("hello", HELLO)
    assert not job.step()
    assert backend.sent[-1] == ("generate", {"job_folder": str(folder), **REQUEST})
    assert job.hello == HELLO


def test_a_backend_that_has_answered_hello_gets_no_second_one(backend, folder):
    Job(backend, HELLO, REQUEST, str(folder))
    assert backend.methods() == ["generate"]


def test_progress_is_shown_in_words(generating, backend, clock):
    backend.progress("shape", 0.25)
    clock.now += 3
    assert not generating.step()
    assert (generating.stage, generating.fraction, generating.elapsed) == ("shape", 0.25, 3.0)
    assert generating.text == "Sampling the body"


def test_an_unknown_stage_is_shown_as_it_is(generating, backend):
    backend.progress("polish", 0.5)
    assert not generating.step()
    assert generating.text == "polish"


def test_progress_of_another_request_is_ignored(generating, backend):
    backend.progress("write", 0.9, ident=99)
    assert not generating.step()
    assert generating.stage == "start"


def test_the_answer_ends_the_job_and_keeps_its_files(generating, backend, folder):
    backend.answer("generate", {"file": "result.npz"})
    assert generating.step()
    assert generating.finished
    assert (generating.answer, generating.fraction) == ({"file": "result.npz"}, 1.0)
    assert folder.is_dir()
    generating.remove_folder()
    assert not folder.exists()


def test_cancel_ends_the_job_when_the_backend_has_stopped(generating, backend, folder):
    ident = backend.id_of("generate")
    generating.cancel()
    assert backend.sent[-1] == ("cancel", {"id": ident})
    assert generating.text == "Cancelling"
    backend.answer("cancel", {"cancelled": True})
    assert not generating.step()
    backend.fail("generate", "cancelled")
    assert failure(generating).cancelled
    assert backend.alive()
    assert not folder.exists()


def test_a_second_cancel_sends_nothing(generating, backend):
    generating.cancel()
    generating.cancel()
    assert backend.methods().count("cancel") == 1


def test_a_cancel_that_is_not_answered_in_time_kills_the_backend(generating, backend, clock):
    generating.cancel()
    clock.now += job_module.CANCEL_SECONDS
    assert not generating.step()
    clock.now += 0.1
    assert failure(generating).cancelled
    assert not backend.alive()


def test_a_cancel_before_hello_is_answered_kills_the_backend_at_once(job, backend, clock):
    job.cancel()
    clock.now += 0.01
    assert failure(job).cancelled
    assert not backend.alive()
    assert backend.methods() == ["hello"]


def test_a_cancel_just_before_hello_is_answered_sends_no_request(job, backend):
    job.cancel()
    backend.answer("hello", HELLO)
    job.step()
    assert backend.methods() == ["hello"]


def test_a_result_after_its_cancel_is_dropped(generating, backend, folder):
    generating.cancel()
    backend.answer("generate", {"file": "result.npz"})
    assert failure(generating).cancelled
    assert generating.answer is None
    assert not folder.exists()


def test_any_error_after_a_cancel_is_the_cancel(generating, backend):
    generating.cancel()
    backend.fail("generate", "out_of_memory")
    assert failure(generating).cancelled


def test_an_error_has_the_backends_kind_message_and_remedy(generating, backend, folder):
    backend.fail("generate", "out_of_memory", "There is not enough memory.", "Choose a lower detail.")
    error = failure(generating)
    assert (error.kind, error.text) == (
        "out_of_memory",
        "There is not enough memory. Choose a lower detail.",
    )
    assert backend.alive()
    assert not folder.exists()


def test_an_error_of_hello_kills_the_backend(job, backend):
    backend.fail("hello", "weights_damaged", "The weights are damaged.")
    assert failure(job).kind == "weights_damaged"
    assert not backend.alive()


def test_an_answer_to_no_request_is_ignored(generating, backend):
    backend.sent.append(("other", None))
    backend.answer("other", {})
    backend.fail("other", "internal")
    assert not generating.step()


@pytest.mark.parametrize(
    "hello", [{**HELLO, "protocol": 99}, {**HELLO, "categories": []}, {"protocol": 1}, {}]
)
def test_another_protocol_is_refused(job, backend, hello):
    backend.answer("hello", hello)
    assert failure(job).kind == "protocol_mismatch"
    assert not backend.alive()


def test_a_crash_is_reported_with_the_last_line_of_the_log(generating, backend, folder):
    backend.die("Traceback", "RuntimeError: no", "")
    error = failure(generating)
    assert error.kind == "crashed"
    assert error.message.endswith(": RuntimeError: no")
    assert not folder.exists()


def test_an_answer_that_arrived_before_the_end_of_the_process_counts(generating, backend):
    backend.answer("generate", {"file": "result.npz"})
    backend.die()
    assert generating.step()


def test_a_backend_that_is_gone_before_the_first_request_is_a_crash(backend, folder):
    backend.die("no module named zoetrope")
    assert failure(Job(backend, None, REQUEST, str(folder))).kind == "crashed"


def test_a_backend_that_never_answers_hello_is_killed(job, backend, clock):
    clock.now += job_module.HELLO_SECONDS
    assert not job.step()
    clock.now += 1
    assert failure(job).kind == "silent"
    assert not backend.alive()


def test_a_silent_backend_is_killed_and_progress_keeps_one_alive(generating, backend, clock):
    for _ in range(3):
        clock.now += job_module.SILENT_SECONDS - 1
        backend.progress("shape", 0.1)
        assert not generating.step()
    clock.now += job_module.SILENT_SECONDS + 1
    assert failure(generating).kind == "silent"
    assert not backend.alive()


@pytest.mark.parametrize("status", [-9, 137])
def test_a_backend_that_the_system_killed_is_reported_with_memory_as_the_likely_cause(
    generating, backend, status
):
    backend.die("INFO loading", status=status)
    error = failure(generating)
    assert error.kind == "out_of_memory"
    assert "the memory ran out" in error.message
    assert "lower detail" in error.remedy


def test_a_patient_cancel_waits_for_the_backend_and_does_not_kill_it(job, backend, clock):
    backend.answer("hello", HELLO)
    job.step()
    job.cancel(patient=True)
    assert backend.methods()[-1] == "cancel"
    clock.now += 60.0
    assert not job.step()
    assert backend.alive()
    backend.fail("generate", "cancelled")
    with pytest.raises(GenerationError) as caught:
        job.step()
    assert caught.value.cancelled
    assert backend.alive()


def test_a_patient_cancel_before_hello_is_answered_keeps_the_answer(job, backend):
    job.cancel(patient=True)
    backend.answer("hello", HELLO)
    with pytest.raises(GenerationError) as caught:
        job.step()
    assert caught.value.cancelled
    assert job.hello == HELLO
    assert backend.methods() == ["hello"]
    assert backend.alive()
