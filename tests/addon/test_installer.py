"""Setting up the backend with a stand-in for Python: the steps, their failures, and what is left behind."""

import importlib.util
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import bpy
import pytest

from blender_addon.client import environment, installer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")

PYTHON = """#!/bin/sh
# The module venv makes DIR/bin/python, another copy of this; everything is logged.
echo "$*" >>"{log}"
case "$*" in
    *" venv "*)
        for folder; do :; done
        mkdir -p "$folder/bin" && cp "$0" "$folder/bin/python" ;;
    *torch==*"{hang}"*) sleep 60 & echo "$!" >"{log}.pid"; wait ;;
    *"{fail}"*) echo "ERROR: No matching distribution found for nothing"; exit 1 ;;
esac
"""


@pytest.fixture
def stand_in(tmp_path):
    """Makes a stand-in Python and starts a set-up with it."""
    log, python, wheel = tmp_path / "log", tmp_path / "python", tmp_path / "zoetrope-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")

    def begin(wheels="", hang="no such argument", fail="no such argument", disk=0.0):
        python.write_text(PYTHON.format(log=log, hang=hang, fail=fail))
        python.chmod(python.stat().st_mode | stat.S_IXUSR)
        kind = installer.TorchKind("cpu", "CPU", "", 0.0, disk, "https://index.example/cpu")
        return installer.Setup(python, kind, wheels, tmp_path / "backend", wheel)

    begin.folder, begin.log, begin.wheel = tmp_path / "backend", log, wheel
    return begin


def state(monkeypatch, stand_in):
    monkeypatch.setattr(environment, "managed_folder", lambda: stand_in.folder)
    monkeypatch.setattr(environment, "wheel", lambda: stand_in.wheel)
    return environment.managed_state()


def test_sets_up_and_knows_an_older_one(monkeypatch, stand_in):
    setup = stand_in()
    assert setup.wait(), setup.error
    assert setup.fraction == 1.0
    commands = stand_in.log.read_text()
    assert "--extra-index-url https://index.example/cpu torch==2.13.0" in commands
    assert str(stand_in.wheel) in commands
    assert state(monkeypatch, stand_in) == "ready"
    stand_in.wheel.write_bytes(b"the wheel of another version")
    assert state(monkeypatch, stand_in) == "outdated"


def test_a_folder_of_wheels_needs_no_network(stand_in, tmp_path):
    assert stand_in(wheels=tmp_path / "wheels").wait()
    pip = [line for line in stand_in.log.read_text().splitlines() if " pip " in line]
    assert len(pip) == 2
    assert all(f"--no-index --find-links {tmp_path / 'wheels'}" in line for line in pip)
    assert not any("index-url" in line for line in pip)


def test_cancel_ends_the_step_and_its_children_and_keeps_nothing(monkeypatch, stand_in):
    setup = stand_in(hang="")
    pid_file = Path(f"{stand_in.log}.pid")
    deadline = time.monotonic() + 20
    while not (pid_file.exists() and pid_file.read_text().strip()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    setup.cancel()
    assert not setup.wait()
    assert "cancelled" in setup.error
    assert not stand_in.folder.exists()
    assert state(monkeypatch, stand_in) == "absent"
    grandchild = Path(f"/proc/{pid_file.read_text().strip()}")
    while grandchild.exists() and "\nState:\tZ" not in (grandchild / "status").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_half_made_counts_as_absent_and_is_made_anew(monkeypatch, stand_in):
    (stand_in.folder / "bin").mkdir(parents=True)
    (stand_in.folder / "bin/python").write_text("half")
    (stand_in.folder / "leftover").write_text("")
    assert state(monkeypatch, stand_in) == "absent"
    assert stand_in().wait()
    assert not (stand_in.folder / "leftover").exists()
    assert state(monkeypatch, stand_in) == "ready"


def test_a_failed_step_is_named_and_nothing_is_kept(stand_in):
    setup = stand_in(fail="torch==")
    assert not setup.wait()
    assert setup.error.startswith("Installing PyTorch failed: ERROR: No matching distribution")
    assert not stand_in.folder.exists()


def test_a_full_disk_is_said_before_anything_is_downloaded(stand_in):
    setup = stand_in(disk=10.0**6)
    assert not setup.wait()
    assert "Free some space" in setup.error
    assert not stand_in.log.exists()


def watched(*arguments):
    command = [sys.executable, "-I", "-c", installer.WATCHED, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_a_step_ends_by_itself_and_with_blender():
    with watched("this") as step:
        assert b"Zen" in step.stdout.read()
        assert step.wait(timeout=20) == 0
    with watched("timeit", "-n", "1000000000000", "pass") as step:
        time.sleep(0.5)
        assert step.poll() is None
        step.stdin.close()  # as the system does when Blender is killed
        assert step.wait(timeout=20) == 9


def test_which_pythons_will_do(tmp_path):
    has_pip = importlib.util.find_spec("ensurepip") is not None  # Debian's own Python has none
    assert installer.usable_python(sys.executable) == (has_pip and sys.version_info < (3, 14))
    assert not installer.usable_python(str(tmp_path / "none"))
    old = tmp_path / "old"
    old.write_text("#!/bin/sh\necho 3 9\n")
    old.chmod(0o755)
    assert not installer.usable_python(str(old))


def test_asks_for_online_access_only_when_it_must_download(monkeypatch, stand_in):
    monkeypatch.setattr(environment, "wheel", lambda: stand_in.wheel)
    monkeypatch.setattr(
        environment, "preferences", lambda: type("P", (), {"wheels": "", "base_python": ""})()
    )
    assert not bpy.app.online_access
    with pytest.raises(RuntimeError, match="Allow Online Access"):
        bpy.ops.zoetrope.setup_backend()
    assert not os.path.exists(stand_in.log)
