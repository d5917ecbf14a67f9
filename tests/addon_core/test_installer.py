"""The installer with a shell script for Python: success, failures, cancel, and what each leaves behind."""

import stat
import sys
import time
from pathlib import Path

import pytest

from blender_addon.client.installer import Installer, failure_reason
from blender_addon.core import managed_environment, setup_steps
from blender_addon.core.managed_environment import ManagedEnvironment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")

PYTHON = """#!/bin/sh
# The module venv makes DIR/bin/python, a copy of this script; all command lines are logged.
echo "$*" >>"{log}"
case "$*" in
    *" venv "*)
        for folder; do :; done
        mkdir -p "$folder/bin" && cp "$0" "$folder/bin/python"
        echo "home = $folder/bin" >"$folder/pyvenv.cfg" ;;
    *torch==*"{hang}"*) sleep 60 & echo "$!" >"{log}.pid"; wait ;;
    *"{fail}"*)
        echo "ERROR: No matching distribution found for nothing"
        echo "HINT: Ask for something else."
        echo "WARNING: the end"
        exit 1 ;;
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
    assert installer.error == (
        "Installing PyTorch failed: ERROR: No matching distribution found for nothing "
        "HINT: Ask for something else."
    )
    assert "WARNING" in installer.log[-1]
    assert not environment.folder.exists()


def test_a_full_disk_is_reported_before_anything_is_downloaded(log, start):
    installer = start(disk=10.0**6)
    assert not installer.wait()
    assert "Free some space" in installer.error
    assert not log.exists()


def test_the_environment_from_before_comes_back_when_the_new_one_cannot_be_made(environment, start):
    assert start().wait()
    (environment.folder / "mine").write_text("")
    installer = start(fail="torch==")
    assert not installer.wait()
    assert installer.error.endswith("The backend as it was before is kept.")
    assert environment.state() == "ready"
    assert (environment.folder / "mine").exists()
    assert start().wait()
    assert not (environment.folder / "mine").exists()
    assert [path.name for path in environment.folder.parent.glob("backend*")] == ["backend"]


def test_an_environment_in_use_is_left_as_it_is(environment, start, monkeypatch):
    assert start().wait()

    def refuse(source, target):
        raise PermissionError(13, "Access is denied")

    monkeypatch.setattr(managed_environment, "rename_patiently", refuse)
    installer = start()
    assert not installer.wait()
    assert "is in use (Access is denied). Close other Blenders" in installer.error
    assert environment.state() == "ready"


def test_an_environment_is_repaired_without_installing(environment, start, log, tmp_path):
    assert start().wait()
    environment.python.unlink()
    assert environment.state() == "broken"
    log.write_text("")
    steps = setup_steps.repair_steps(environment, tmp_path / "python")
    repair = Installer(environment, steps, 0, repair=True)
    assert repair.wait(), repair.error
    assert environment.state() == "ready"
    assert " pip " not in log.read_text()


def test_a_repaired_environment_that_does_not_work_must_be_set_up_again(environment, start, tmp_path):
    assert start().wait()
    environment.python.unlink()
    start(
        fail="import torch"
    ).wait()  # from now on the check fails; making it anew failed and kept the old one
    assert environment.state() == "broken"
    repair = Installer(
        environment, setup_steps.repair_steps(environment, tmp_path / "python"), 0, repair=True
    )
    assert not repair.wait()
    assert repair.error.endswith("Set it up again.")
    assert environment.state() == "absent"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "no message"),
        (["Collecting torch", "Killed", ""], "Killed"),
        (
            [
                "ERROR: Could not install packages due to an OSError: [Errno 2] No such file or directory",
                "HINT: This error might have occurred since long paths are not enabled.",
                "",
            ],
            "ERROR: Could not install packages due to an OSError: [Errno 2] No such file or directory "
            "HINT: This error might have occurred since long paths are not enabled.",
        ),
        (
            [
                "error: externally-managed-environment",
                "",
                "note: If you believe this is a mistake, ...",
                "hint: See",
            ],
            "error: externally-managed-environment note: If you believe this is a mistake, ... hint: See",
        ),
    ],
)
def test_the_reason_of_a_failure_has_pips_own_hints(lines, reason):
    assert failure_reason(lines) == reason
