"""The add-on of this checkout with the real backend and the shipped weights, in Blender without a window.

Only cancel is timed: two seconds are promised for it.
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
from blender_addon import runtime  # noqa: E402
from blender_addon.core.errors import GenerationError  # noqa: E402

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
    settings.category, settings.actions, settings.seed = "quadruped", {"walk"}, 3
    yield settings
    session = runtime.get().session
    blender_addon.unregister()
    assert session.backend_pid() is None


@pytest.fixture
def session(settings):
    """The add-on's session with the backend."""
    return runtime.get().session


def datablocks():
    kinds = ("objects", "meshes", "armatures", "materials", "actions", "collections", "shape_keys")
    return {kind: len(getattr(bpy.data, kind)) for kind in kinds}


def run_until(job, stages):
    while job.stage not in stages:
        assert not job.step(), f"it ended before {stages}"
        time.sleep(0.005)


def step_to_the_end(job):
    while not job.step():
        time.sleep(0.005)


def test_cancel_within_two_seconds_in_every_stage_leaves_nothing(settings, session):
    """The backend is cold for the first stage and warm for the others."""
    settings.detail, settings.natural_length, settings.frames = "256", False, 96
    settings.correctives = True
    before = datablocks()
    pid = None
    for stage in ("shape", "motion", "surface", "frames", "recognise", "register", "skeleton"):
        job = session.start(settings.request(bpy.context.scene))
        run_until(job, {stage})
        pid = pid or session.backend_pid()
        began = time.monotonic()
        session.cancel()
        with pytest.raises(GenerationError) as caught:
            step_to_the_end(job)
        took = time.monotonic() - began
        session.finish()
        print(f"cancel during {stage}: {took:.2f} s")
        assert caught.value.cancelled
        assert took < 2.0
        assert datablocks() == before
        assert session.job is None
        assert not Path(job.folder).exists()
    # A cancel that kills the backend is in time too, but delays the next creature.
    print("the backend was", "kept" if session.backend_pid() == pid else "started anew")
    settings.detail, settings.frames = "64", 8
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}


def test_an_unknown_action_is_an_error_that_lists_the_known_ones(settings, session):
    job = session.start({**settings.request(bpy.context.scene), "actions": ["no such action"]})
    with pytest.raises(GenerationError) as caught:
        step_to_the_end(job)
    session.finish(caught.value)
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
from blender_addon import runtime
blender_addon.register()
settings = bpy.context.scene.zoetrope
settings.detail = "256"
session = runtime.get().session
job = session.start(settings.request(bpy.context.scene))
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
