"""The built zip in Blender with the real backend: what an artist gets, without the window."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ZIP = os.environ.get("ZOETROPE_ZIP", "")
BACKEND = os.environ.get("ZOETROPE_BACKEND_PYTHON", "")

SCRIPT = """
import subprocess, sys, time
from pathlib import Path

import bpy
import numpy as np

zip_file, python, target = sys.argv[1:]
bpy.ops.extensions.package_install_files(
    filepath=zip_file, repo="user_default", enable_on_install=True, overwrite=True)
name = "bl_ext.user_default.zoetrope"
bpy.context.preferences.addons[name].preferences.backend_python = python
runtime = sys.modules[name + ".runtime"]
session, weights = runtime.get().session, runtime.installation().weights()
scene = bpy.context.scene
settings = scene.zoetrope
settings.category, settings.actions, settings.seed, settings.detail = "quadruped", {"walk"}, 3, "64"
settings.output = "shape_keys"

objects, meshes = len(bpy.data.objects), len(bpy.data.meshes)
# A large creature, cancelled while its surface is extracted.
settings.detail = "256"
job = session.start(settings.request(scene))
while job.stage != "surface":
    assert not job.step(), "it ended before the surface"
    time.sleep(0.01)
began, cancelled = time.monotonic(), False
session.cancel()
try:
    while not job.step():
        time.sleep(0.01)
except Exception as error:
    cancelled = error.cancelled
assert cancelled, "the job was not cancelled"
assert time.monotonic() - began < 2.0, "the cancel took too long"
session.finish()
settings.detail = "64"
assert (objects, meshes) == (len(bpy.data.objects), len(bpy.data.meshes))

assert bpy.ops.zoetrope.generate() == {"FINISHED"}
obj, count = bpy.context.object, len(bpy.context.object.data.vertices)
subprocess.run(
    [python, "-m", "zoetrope", "generate", "--category=quadruped", "--action=walk", "--seed=3", "--detail=64",
     "--fps=24", f"--weights={weights}", f"--out={target}", "--quiet"], check=True, cwd="/")
truth = np.load(target)["vertices"]
worst = 0.0
for i, expected in enumerate(truth):
    scene.frame_set(scene.frame_start + i)
    mesh = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    seen = np.empty(3 * count, np.float32)
    mesh.vertices.foreach_get("co", seen)
    worst = max(worst, float(np.abs(seen.reshape(-1, 3) - expected).max()))
assert worst <= 1e-5, worst
print("frames", len(truth), "worst", worst)
pid = session.backend_pid()
bpy.ops.preferences.addon_disable(module=name)
assert pid and not Path(f"/proc/{pid}").exists(), "the backend outlives the add-on"
"""


@pytest.mark.skipif(not Path(ZIP).is_file(), reason="ZOETROPE_ZIP names no built zip (make test builds it)")
@pytest.mark.skipif(not Path(BACKEND).is_file(), reason="ZOETROPE_BACKEND_PYTHON names no backend")
def test_the_zip_generates_what_the_command_line_generates(tmp_path):
    """Every frame is within 1e-5 m for the same request, after a cancelled job."""
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path / "user")}
    for name in ("ZOETROPE_BACKEND_PYTHON", "ZOETROPE_BACKEND_ARGS", "ZOETROPE_WEIGHTS", "PYTHONPATH"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, ZIP, BACKEND, str(tmp_path / "expected.npz")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout.splitlines()[-1])
