"""A real child process, the stand-in for the backend: messages, log, crash, kill, jobs over it."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from blender_addon.client import protocol
from blender_addon.client.process import BackendProcess
from blender_addon.core.errors import GenerationError
from blender_addon.core.job import Job

from .conftest import ROOT
from .fake_backend import REQUEST


@pytest.fixture
def start(monkeypatch):
    """A function that starts the stand-in in a mode; each is killed after the test."""
    started = []

    def begin(mode="ok", pause="0"):
        monkeypatch.setenv("STAND_IN_MODE", mode)
        monkeypatch.setenv("STAND_IN_PAUSE", pause)
        started.append(BackendProcess([sys.executable, "-I", str(ROOT / "tests/addon/stand_in.py")]))
        return started[-1]

    yield begin
    for process in started:
        process.kill()


def wait(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_messages_arrive_and_each_is_returned_once(start):
    process = start()
    ident = process.send("hello", protocol.hello())
    arrived = []
    wait(lambda: arrived.extend(process.messages()) or arrived)
    assert [message["id"] for message in arrived] == [ident]
    assert process.messages() == []


def test_the_process_ends_when_its_stdin_is_closed(start):
    process = start()
    process._child.stdin.close()
    wait(lambda: not process.alive())


def test_a_killed_process_is_gone_and_killing_again_is_harmless(start):
    process = start("mute")
    process.kill()
    assert not process.alive()
    process.kill()
    with pytest.raises((OSError, ValueError)):
        process.send("hello")


WRAPPED = "sleep 600 & echo $! >&2; wait"
"""A shell script whose child keeps its output open, as a wrapper of a hanging backend does."""
LEFT = "sleep 600 & echo $! >&2; exit"
APART = "setsid sleep 8 & echo 0 >&2; wait"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize("script", [WRAPPED, LEFT, APART])
def test_kill_does_not_wait_for_a_wrappers_child_and_ends_it(script):
    process = BackendProcess(["sh", "-c", script])
    wait(lambda: process.log)
    pid = int(process.log[0])
    if script == LEFT:
        wait(lambda: not process.alive())
    began = time.monotonic()
    process.kill()
    assert time.monotonic() - began < 1.5
    assert not process.alive()
    if script != APART:  # a process that has left the group cannot be found, and must not hold Blender up
        wait(lambda: not running(pid))


def running(pid):
    """Whether a process runs; one that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_log_keeps_stderr_and_lines_that_are_no_messages(start):
    process = start("garbage")
    process.send("hello", protocol.hello())
    wait(lambda: any("this is no message" in line for line in process.log))
    assert all(len(line) < 300 for line in process.log)


def test_a_program_that_is_not_there_is_an_os_error():
    with pytest.raises(OSError, match="nowhere"):
        BackendProcess(["/nowhere/python"])


@pytest.mark.parametrize("mode", ["ok", "garbage"])
def test_a_job_gets_its_result(start, folder, mode):
    job = Job(start(mode), None, REQUEST, str(folder))
    wait(job.step)
    assert job.answer["file"] == str(folder / "result.npz")
    assert (folder / "result.npz").is_file()
    assert job.stage == "surface"


def test_a_job_reports_a_crash_with_its_log(start, folder):
    job = Job(start("crash"), None, REQUEST, str(folder))
    with pytest.raises(GenerationError, match="ended unexpectedly") as caught:
        wait(job.step)
    assert caught.value.kind == "crashed"
    assert not folder.exists()


def test_a_job_is_cancelled_and_its_process_kept(start, folder):
    process = start(pause="0.01")
    job = Job(process, None, REQUEST, str(folder))
    wait(lambda: job.step() or job.stage == "shape")
    job.cancel()
    with pytest.raises(GenerationError) as caught:
        wait(job.step)
    assert caught.value.cancelled
    assert process.alive()
    assert not folder.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_a_job_whose_process_was_killed_by_the_system_blames_the_memory(start, folder):
    process = start("mute")
    job = Job(process, None, REQUEST, str(folder))
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(GenerationError, match="the memory ran out") as caught:
        wait(job.step)
    assert caught.value.kind == "out_of_memory"
    assert process.exit_status() == -9
