"""Steps end with Blender: killed at any moment of a setup, nothing of ours is left after three seconds."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from blender_addon.core import setup_steps

from .conftest import ROOT

posix = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads /proc")
PARENT = """
import sys, types
package = types.ModuleType("blender_addon")
package.__path__ = [sys.argv[1] + "/blender_addon"]
sys.modules["blender_addon"] = package
from pathlib import Path
from blender_addon.client.installer import Installer
from blender_addon.core.managed_environment import ManagedEnvironment
from blender_addon.core.setup_steps import Step, _supervised
folder = Path(sys.argv[2])
wheel = folder / "zoetrope-0.1.0-py3-none-any.whl"
wheel.write_bytes(b"")
environment = ManagedEnvironment(folder / "backend", wheel)
python = _supervised(sys.executable)
nested = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
busy = "import re; re.match('(a+)+$', 'a' * 40 + 'b')"  # C code that holds the interpreter's lock
steps = {
    "venv": [*python, "-m", "venv", str(environment.folder)],
    "nested": [*python, "-c", nested],
    "busy": [*python, "-c", busy],
}
installer = Installer(environment, [Step(1.0, "", steps[sys.argv[3]])], 0)
print("begun", flush=True)
installer.wait()
import time
time.sleep(60)
"""


def supervised(*arguments):
    command = [*setup_steps._supervised(sys.executable), *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_a_step_gives_its_output_and_status():
    with supervised("-m", "this") as step:
        assert b"Zen" in step.stdout.read()
        assert step.wait(timeout=20) == 0
    with supervised("-c", "import sys; sys.exit(3)") as step:
        assert step.wait(timeout=20) == 3


def test_a_step_ends_when_stdin_is_closed():
    with supervised("-c", "import time; time.sleep(60)") as step:
        time.sleep(0.3)
        assert step.poll() is None
        step.stdin.close()  # as the system does when Blender is killed
        assert step.wait(timeout=20) == 9


def processes_with(mark):
    """Command lines of the living processes that have a text in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes() and int(folder.name) != os.getpid():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


@posix
@pytest.mark.parametrize(
    ("step", "seconds"),
    [("nested", 0.0), ("nested", 0.05), ("nested", 0.8), ("busy", 0.5)]
    + [("venv", seconds) for seconds in (0.02, 0.1, 0.3, 0.6, 1.0, 2.0)],
)
def test_a_killed_blender_leaves_no_process_after_three_seconds(tmp_path, step, seconds):
    if step == "venv" and importlib.util.find_spec("ensurepip") is None:
        pytest.skip("Debian's own Python has no ensurepip")
    mark = uuid.uuid4().hex
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(ROOT), str(tmp_path), step],
        stdout=subprocess.PIPE,
        env={**os.environ, "ZOETROPE_TEST_MARK": mark},
    )
    assert parent.stdout.readline() == b"begun\n"
    time.sleep(seconds)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 3
    while (left := processes_with(mark.encode())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []
