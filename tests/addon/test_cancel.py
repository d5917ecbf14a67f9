"""Cancel: within two seconds, and nothing is left of the job."""

import time
from pathlib import Path

import bpy
import pytest
from conftest import datablocks

from blender_addon.client import protocol, session
from blender_addon.client.job import JobError


def start(settings):
    request = settings.request(bpy.context.scene)
    return session.start(lambda folder: protocol.generate(folder, **request))


def run_until(job, stage):
    deadline = time.monotonic() + 30
    while job.stage != stage:
        assert time.monotonic() < deadline
        assert not job.step()
        time.sleep(0.01)


def step_to_the_end(job):
    while not job.step():
        time.sleep(0.01)


def cancel(job):
    """Cancel and step to the end; returns the seconds it took."""
    began = time.monotonic()
    job.cancel()
    with pytest.raises(JobError) as caught:
        step_to_the_end(job)
    assert caught.value.kind == "cancelled"
    session.end()
    return time.monotonic() - began


@pytest.mark.parametrize("stage", ["start", "shape", "surface"])
def test_cancel_leaves_nothing(monkeypatch, settings, stage):
    monkeypatch.setenv("STAND_IN_PAUSE", "0.05")
    before = datablocks()
    job = start(settings)
    run_until(job, stage)
    pid = session.backend_pid()
    assert cancel(job) < 2.0
    if stage != "start":  # a backend that is not up yet is not waited for
        assert session.backend_pid() == pid, "it answered, and need not be killed"
    assert datablocks() == before
    assert session.job is None
    assert not Path(job.params["job_folder"]).exists()


def test_a_backend_that_does_not_answer_is_killed(monkeypatch, settings):
    monkeypatch.setenv("STAND_IN_MODE", "hang")
    job = start(settings)
    run_until(job, "shape")
    time.sleep(0.2)
    pid = session.backend_pid()
    # The stand-in still answers the cancel itself; its job never does.
    assert cancel(job) < 2.5
    assert session.backend_pid() is None
    assert not Path(f"/proc/{pid}").exists()


def test_the_operator_cancels_and_is_grey_otherwise(monkeypatch, settings):
    assert not bpy.ops.zoetrope.cancel.poll()
    monkeypatch.setenv("STAND_IN_PAUSE", "0.05")
    job = start(settings)
    assert not bpy.ops.zoetrope.generate.poll()
    run_until(job, "shape")
    bpy.ops.zoetrope.cancel()
    assert job.cancelling
    with pytest.raises(JobError):
        step_to_the_end(job)
    session.end()
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}


def test_a_result_that_comes_after_its_cancel_is_dropped(monkeypatch, settings):
    monkeypatch.setenv("STAND_IN_MODE", "late")
    monkeypatch.setenv("STAND_IN_PAUSE", "0.01")
    before = datablocks()
    job = start(settings)
    run_until(job, "surface")
    cancel(job)
    assert datablocks() == before
