"""Cancel: in time, and nothing is left of the job."""

import time
from pathlib import Path

import bpy
import pytest
from conftest import datablocks

from blender_addon.core import job as job_module
from blender_addon.core.errors import GenerationError


@pytest.fixture
def start(session, settings):
    """A function that starts a job."""
    return lambda: session.start(settings.request(bpy.context.scene))


def run_until(job, stage):
    deadline = time.monotonic() + 30
    while job.stage != stage:
        assert time.monotonic() < deadline
        assert not job.step()
        time.sleep(0.005)


def step_to_the_end(job):
    while not job.step():
        time.sleep(0.005)


def cancel(session):
    """Cancel the job and step to its end; returns the seconds it took."""
    began = time.monotonic()
    job = session.job
    session.cancel()
    with pytest.raises(GenerationError) as caught:
        step_to_the_end(job)
    assert caught.value.cancelled
    session.finish()
    return time.monotonic() - began


@pytest.mark.parametrize("stage", ["start", "shape", "surface"])
def test_cancel_leaves_nothing(monkeypatch, session, start, stage):
    monkeypatch.setenv("STAND_IN_PAUSE", "0.02")
    before = datablocks()
    job = start()
    run_until(job, stage)
    pid = session.backend_pid()
    assert cancel(session) < 2.0
    if stage != "start":  # a backend that is still starting is not waited for
        assert session.backend_pid() == pid, "it answered, and need not be killed"
    assert datablocks() == before
    assert session.job is None
    assert not Path(job.folder).exists()


def test_a_backend_that_ignores_cancel_is_killed(monkeypatch, session, start):
    monkeypatch.setattr(job_module, "CANCEL_SECONDS", 0.3)
    monkeypatch.setenv("STAND_IN_MODE", "hang")
    run_until(start(), "shape")
    pid = session.backend_pid()
    assert 0.3 <= cancel(session) < 2.0
    assert session.backend_pid() is None
    assert not Path(f"/proc/{pid}").exists()


def test_the_operator_cancels_a_running_job_only(monkeypatch, session, start):
    assert not bpy.ops.zoetrope.cancel.poll()
    monkeypatch.setenv("STAND_IN_PAUSE", "0.01")
    job = start()
    assert not bpy.ops.zoetrope.generate.poll()
    run_until(job, "shape")
    bpy.ops.zoetrope.cancel()
    assert job.cancelling
    with pytest.raises(GenerationError):
        step_to_the_end(job)
    session.finish()
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}


def test_a_result_after_its_cancel_is_dropped(monkeypatch, session, start):
    monkeypatch.setenv("STAND_IN_MODE", "late")
    monkeypatch.setenv("STAND_IN_PAUSE", "0.005")
    before = datablocks()
    run_until(start(), "surface")
    cancel(session)
    assert datablocks() == before
