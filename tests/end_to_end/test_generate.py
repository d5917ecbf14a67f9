"""The add-on of this checkout with the real backend and the shipped weights, in Blender without a window.

Cancel is timed because two seconds are promised; nothing else here is.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import bpy
import pytest

ROOT = Path(__file__).resolve().parents[2]
BACKEND = Path(os.environ.get("ZOETROPE_BACKEND_PYTHON") or ROOT / ".venvs/backend/bin/python")
WEIGHTS = Path(os.environ.get("ZOETROPE_WEIGHTS") or ROOT / "weights")
sys.path.insert(0, str(ROOT))

import blender_addon  # noqa: E402
from blender_addon.client import protocol, session  # noqa: E402
from blender_addon.client.job import JobError  # noqa: E402

pytestmark = pytest.mark.skipif(not BACKEND.is_file(), reason=f"there is no backend at {BACKEND}")


@pytest.fixture(autouse=True)
def settings(monkeypatch):
    """Settings of a fresh file with the add-on registered; no backend outlives the test."""
    monkeypatch.setenv("ZOETROPE_BACKEND_PYTHON", str(BACKEND))
    monkeypatch.setenv("ZOETROPE_WEIGHTS", str(WEIGHTS))
    monkeypatch.delenv("ZOETROPE_BACKEND_ARGS", raising=False)
    bpy.ops.wm.read_factory_settings()
    blender_addon.register()
    settings = bpy.context.scene.zoetrope
    settings.category, settings.action, settings.seed = "quadruped", "walk", 3
    yield settings
    blender_addon.unregister()
    assert session.backend_pid() is None


def datablocks():
    kinds = ("objects", "meshes", "materials", "actions", "collections", "shape_keys")
    return {kind: len(getattr(bpy.data, kind)) for kind in kinds}


def start(settings):
    request = settings.request(bpy.context.scene)
    return session.start(lambda folder: protocol.generate(folder, **request))


def run_until(job, stages):
    while job.stage not in stages:
        assert not job.step(), f"it ended before {stages} was seen"
        time.sleep(0.005)


def step_to_the_end(job):
    while not job.step():
        time.sleep(0.005)


def test_cancel_within_two_seconds_in_every_stage_and_nothing_is_left(settings):
    """Denoising of shape and motion, extraction, motion of the surface; cold first, then warm."""
    settings.detail, settings.own_length, settings.frames = "256", False, 96
    before = datablocks()
    pid = None
    for stage in ("shape", "motion", "surface", "frames"):
        job = start(settings)
        run_until(job, {stage})
        pid = pid or session.backend_pid()
        began = time.monotonic()
        job.cancel()
        with pytest.raises(JobError) as caught:
            step_to_the_end(job)
        took = time.monotonic() - began
        session.end()
        print(f"cancel during {stage}: {took:.2f} s")
        assert caught.value.kind == "cancelled"
        assert took < 2.0
        assert datablocks() == before
        assert session.job is None
        assert not Path(job.params["job_folder"]).exists()
    # One that is honoured only by killing the backend is in time as well, but the next creature comes later.
    print("the backend was", "kept" if session.backend_pid() == pid else "started anew")
    settings.detail, settings.frames = "64", 8
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}


def test_a_wrong_pair_says_what_there_is(settings):
    job = session.start(
        lambda folder: protocol.generate(folder, "quadruped", "no such action", 1, 24.0, 64, None, None)
    )
    with pytest.raises(JobError) as caught:
        step_to_the_end(job)
    session.end(caught.value)
    assert caught.value.kind == "bad_option"
    assert "walk" in caught.value.message + caught.value.remedy


def gone(pid, seconds):
    deadline = time.monotonic() + seconds
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


BLENDER = """
import sys, time
sys.path.insert(0, sys.argv[1])
import bpy, blender_addon
from blender_addon.client import protocol, session
blender_addon.register()
settings = bpy.context.scene.zoetrope
settings.detail = "256"
request = settings.request(bpy.context.scene)
job = session.start(lambda folder: protocol.generate(folder, **request))
while job.stage != "surface":
    assert not job.step()
    time.sleep(0.01)
print("pid", session.backend_pid(), flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
def test_a_killed_blender_leaves_no_backend_at_work(tmp_path):
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path)}
    blender = subprocess.Popen(
        [sys.executable, "-c", BLENDER, str(ROOT)], stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        pid = next(int(line.split()[1]) for line in blender.stdout if line.startswith("pid "))
        assert Path(f"/proc/{pid}").exists()
        blender.send_signal(signal.SIGKILL)
        assert gone(pid, 3)
    finally:
        blender.kill()
        blender.wait()
