"""The installer with a shell script for Python: success, failures, cancel, and what each leaves behind."""

import importlib.util
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from blender_addon.client.installer import Installer, usable_python
from blender_addon.core import setup_steps
from blender_addon.core.managed_environment import ManagedEnvironment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")

PYTHON = """#!/bin/sh
# The module venv makes DIR/bin/python, a copy of this script; all command lines are logged.
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
def environment(tmp_path):
    """A managed environment that is not made yet, and its wheel."""
    wheel = tmp_path / "zoetrope-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    return ManagedEnvironment(tmp_path / "backend", wheel)


@pytest.fixture
def log(tmp_path):
    """File with the command lines that were run."""
    return tmp_path / "log"


@pytest.fixture
def start(tmp_path, environment, log):
    """A function that starts an installer; a step with `hang` in its command hangs, with `fail` fails."""
    python = tmp_path / "python"

    def begin(wheels="", hang="no such argument", fail="no such argument", disk=0.0):
        python.write_text(PYTHON.format(log=log, hang=hang, fail=fail))
        python.chmod(python.stat().st_mode | stat.S_IXUSR)
        kind = setup_steps.TorchKind("cpu", "CPU", "", 0.0, disk, "https://index.example/cpu")
        return Installer(environment, setup_steps.steps(environment, python, kind, wheels), disk)

    return begin


def test_sets_up_and_an_older_environment_is_outdated(environment, log, start):
    installer = start()
    assert installer.wait(), installer.error
    assert (installer.fraction, installer.text, installer.running()) == (1.0, "Ready", False)
    commands = log.read_text()
    assert "--extra-index-url https://index.example/cpu torch==2.13.0" in commands
    assert str(environment.wheel) in commands
    assert environment.state() == "ready"
    environment.wheel.write_bytes(b"the wheel of another version")
    assert environment.state() == "outdated"


def test_cancel_ends_the_step_and_its_children_and_keeps_nothing(environment, log, start):
    installer = start(hang="")
    pid_file = Path(f"{log}.pid")
    deadline = time.monotonic() + 20
    while not (pid_file.exists() and pid_file.read_text().strip()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    installer.cancel()
    assert not installer.wait()
    assert "cancelled" in installer.error
    assert not environment.folder.exists()
    assert environment.state() == "absent"
    grandchild = Path(f"/proc/{pid_file.read_text().strip()}")
    while grandchild.exists() and "\nState:\tZ" not in (grandchild / "status").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_half_made_environment_is_absent_and_made_anew(environment, start):
    environment.python.parent.mkdir(parents=True)
    environment.python.write_text("half")
    (environment.folder / "leftover").write_text("")
    assert environment.state() == "absent"
    assert start().wait()
    assert not (environment.folder / "leftover").exists()
    assert environment.state() == "ready"


def test_a_failed_step_is_named_and_nothing_is_kept(environment, start):
    installer = start(fail="torch==")
    assert not installer.wait()
    assert installer.error.startswith("Installing PyTorch failed: ERROR: No matching distribution")
    assert "ERROR" in installer.log[-1]
    assert not environment.folder.exists()


def test_a_full_disk_is_reported_before_anything_is_downloaded(log, start):
    installer = start(disk=10.0**6)
    assert not installer.wait()
    assert "Free some space" in installer.error
    assert not log.exists()


def watched(*arguments):
    """A step that runs a module of the standard library."""
    command = [sys.executable, "-I", "-c", setup_steps.WATCHED, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_a_step_ends_by_itself_or_with_blender():
    with watched("this") as step:
        assert b"Zen" in step.stdout.read()
        assert step.wait(timeout=20) == 0
    with watched("timeit", "-n", "1000000000000", "pass") as step:
        time.sleep(0.2)
        assert step.poll() is None
        step.stdin.close()  # as the system does when Blender is killed
        assert step.wait(timeout=20) == 9


def test_python_3_11_to_3_13_with_venv_and_pip_is_usable(tmp_path):
    has_pip = importlib.util.find_spec("ensurepip") is not None  # Debian's own Python has none
    assert usable_python(sys.executable) == (has_pip and sys.version_info < (3, 14))
    assert not usable_python(str(tmp_path / "none"))
    old = tmp_path / "old"
    old.write_text("#!/bin/sh\necho 3 9\n")
    old.chmod(0o755)
    assert not usable_python(str(old))
