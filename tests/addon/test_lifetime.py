"""The backend ends with the add-on, the file and Blender."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import bpy
import pytest
from conftest import ROOT, starts_blender

from blender_addon.core.errors import GenerationError


def gone(pid, seconds):
    """Whether a process ends within some seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def pid(monkeypatch, session, settings):
    """Process id of a backend with a job at work."""
    monkeypatch.setenv("STAND_IN_PAUSE", "1")
    session.start(settings.request(bpy.context.scene))
    return session.backend_pid()


def test_disabling_the_add_on_ends_it(addon, pid):
    addon.unregister()
    try:
        assert gone(pid, 3)
    finally:
        addon.register()


def test_a_new_file_ends_it_and_drops_the_error(session, pid):
    session.error = GenerationError("internal", "Of the file before.")
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    assert gone(pid, 3)
    assert session.job is None
    assert session.error is None


BLENDER = """
import sys, time
sys.path.insert(0, sys.argv[1])
import bpy, blender_addon
from blender_addon import runtime
blender_addon.register()
session = runtime.get().session
session.start(bpy.context.scene.zoetrope.request(bpy.context.scene))
while session.job.stage == "start":
    session.job.step()
    time.sleep(0.01)
print("pid", session.backend_pid(), flush=True)
time.sleep(600)
"""


@starts_blender
def test_a_killed_blender_leaves_no_backend(tmp_path):
    environment = {**os.environ, "STAND_IN_PAUSE": "0.5", "BLENDER_USER_RESOURCES": str(tmp_path)}
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


EXITS = """
import sys
sys.path.insert(0, sys.argv[1])
import bpy, blender_addon
from blender_addon import runtime
blender_addon.register()
assert bpy.ops.zoetrope.generate() == {"FINISHED"}
print("pid", runtime.get().session.backend_pid(), flush=True)
"""


@starts_blender
def test_a_script_without_unregister_exits_cleanly(tmp_path):
    """Blender 4.5 as a module hung at exit while the add-on's callbacks were registered.

    4.2 as a module crashes at exit once any enum with a callback was registered, so its status is not tested.
    """
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", EXITS, str(ROOT)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    pid = next(int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("pid "))
    if bpy.app.version >= (4, 3, 0):
        assert done.returncode == 0, done.stderr
    assert gone(pid, 3)
