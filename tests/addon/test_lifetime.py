"""The backend ends with whatever needed it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import bpy
from conftest import ROOT, starts_blender

from blender_addon.client import protocol, session


def gone(pid, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.05)
    return False


def start(settings):
    request = settings.request(bpy.context.scene)
    session.start(lambda folder: protocol.generate(folder, **request))
    return session.backend_pid()


def test_disabling_ends_it(addon, monkeypatch, settings):
    monkeypatch.setenv("STAND_IN_PAUSE", "1")
    pid = start(settings)
    addon.unregister()
    try:
        assert gone(pid, 3)
    finally:
        addon.register()


def test_new_file_ends_it(monkeypatch, settings):
    monkeypatch.setenv("STAND_IN_PAUSE", "1")
    pid = start(settings)
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    assert gone(pid, 3)
    assert session.job is None


BLENDER = """
import sys, time
sys.path.insert(0, sys.argv[1])
import bpy, blender_addon
from blender_addon.client import protocol, session
blender_addon.register()
request = bpy.context.scene.zoetrope.request(bpy.context.scene)
session.start(lambda folder: protocol.generate(folder, **request))
while session.job.stage == "start":
    session.job.step()
    time.sleep(0.01)
print("pid", session.backend_pid(), flush=True)
time.sleep(600)
"""


@starts_blender
def test_a_killed_blender_leaves_no_orphan(tmp_path):
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
from blender_addon.client import session
blender_addon.register()
assert bpy.ops.zoetrope.generate() == {"FINISHED"}
print("pid", session.backend_pid(), flush=True)
"""


@starts_blender
def test_a_script_that_only_ends_ends_cleanly(tmp_path):
    """Blender 4.5 as a module hung at exit with the add-on's callbacks still in it.

    4.2 crashes there with any enum of a callback, registered or not any more: only Blender's own exit does.
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
