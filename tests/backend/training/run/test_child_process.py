"""The child process of a killed run ends with it."""

import os
import shutil
import subprocess
import sys
import time

import pytest

CHILD = """
import os, sys, time
from zoetrope.training.run.train import exit_with_parent
on_step = exit_with_parent(lambda *_: None)
open(sys.argv[1], "w").write(str(os.getpid()))
for step in range(1200):
    on_step("stage", step, 1200, 0.0)
    time.sleep(0.05)
"""


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell as the parent")
def test_child_ends_when_its_parent_is_killed(tmp_path):
    script, note = tmp_path / "child.py", tmp_path / "pid"
    script.write_text(CHILD)
    parent = subprocess.Popen(["sh", "-c", f'"{sys.executable}" "{script}" "{note}" & wait'])
    deadline = time.monotonic() + 60
    while not (note.exists() and note.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    child = int(note.read_text())
    os.kill(child, 0)
    parent.kill()
    parent.wait()
    while time.monotonic() < deadline and is_running(child):
        time.sleep(0.05)
    assert not is_running(child)


def is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{process}/stat") as stat:
        return stat.read().split()[2] != "Z"
