"""The built zip installs in this Blender, generates, and can be disabled."""

import os
import sys
from pathlib import Path

import bpy
import pytest
from conftest import starts_blender

ZIP = os.environ.get("ZOETROPE_ZIP", "")

SCRIPT = """
import os
import sys
import bpy
bpy.ops.extensions.package_install_files(
    filepath=sys.argv[1], repo="user_default", enable_on_install=True, overwrite=True)
name = "bl_ext.user_default.zoetrope"
assert name in bpy.context.preferences.addons, "not enabled"
assert bpy.ops.zoetrope.generate() == {"FINISHED"}
print("generated", len(bpy.context.object.data.bones))
bpy.ops.preferences.addon_disable(module=name)
assert not hasattr(bpy.types.Scene, "zoetrope"), "not unregistered"
sys.stdout.flush()
os._exit(0)  # Blender 4.2 as a module crashes when it frees its classes, after Python has ended
"""


@starts_blender
@pytest.mark.skipif(not Path(ZIP).is_file(), reason="ZOETROPE_ZIP names no built zip (make test builds it)")
def test_installs_and_generates(tmp_path):
    import subprocess

    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, ZIP], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "generated 5" in done.stdout
    assert bpy.app.version >= (4, 2, 0)
