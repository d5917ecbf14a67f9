"""The managed environment's states, with real virtual environments and with Windows' files."""

import os
import shutil
import subprocess
import sys

import pytest

from blender_addon.core import managed_environment
from blender_addon.core.managed_environment import ManagedEnvironment, rename_patiently


@pytest.fixture
def environment(tmp_path):
    """A complete environment whose base interpreter is a folder that can be moved."""
    home = tmp_path / "blender/python/bin"
    home.mkdir(parents=True)
    (home / "python3.11").write_text("")
    wheel = tmp_path / "zoetrope-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    made = ManagedEnvironment(tmp_path / "backend", wheel)
    made.python.parent.mkdir(parents=True)
    made.python.symlink_to(home / "python3.11")
    (made.folder / "pyvenv.cfg").write_text(f"home = {home}\nversion = 3.11.7\n")
    made.mark_complete()
    return made


posix = pytest.mark.skipif(sys.platform == "win32", reason="there an environment has no links")


@posix
def test_a_moved_blender_breaks_it_and_is_told_from_absent(environment, tmp_path):
    assert environment.state() == "ready"
    (tmp_path / "blender").rename(tmp_path / "blender 2")
    assert environment.state() == "broken"
    assert environment.repairable((3, 11))
    assert not environment.repairable((3, 13))
    environment.mark_incomplete()
    assert environment.state() == "absent"


@posix
def test_a_base_of_another_version_breaks_it(environment, tmp_path):
    other = tmp_path / "blender/python/bin/python3.13"
    other.write_text("")
    environment.python.unlink()
    environment.python.symlink_to(other)
    assert environment.state() == "broken"


@posix
def test_an_environment_of_another_wheel_is_outdated_also_when_broken(environment, tmp_path):
    (tmp_path / "blender").rename(tmp_path / "blender 2")
    environment.wheel.write_bytes(b"another")
    assert environment.state() == "outdated"
    assert not environment.repairable((3, 11))


@posix
def test_one_without_its_settings_is_broken(environment):
    (environment.folder / "pyvenv.cfg").unlink()
    assert environment.state() == "broken"
    (environment.folder / "lib/python3.11").mkdir(parents=True)
    assert environment.version() == (3, 11)


def windows_environment(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    home = tmp_path / "Blender/4.5/python/bin"
    home.mkdir(parents=True)
    for name in ("python.exe", "python3.dll", "python311.dll"):
        (home / name).write_text("")
    wheel = tmp_path / "zoetrope-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    made = ManagedEnvironment(tmp_path / "backend", wheel)
    made.python.parent.mkdir(parents=True)
    made.python.write_text("a launcher, which reads pyvenv.cfg")
    (made.folder / "pyvenv.cfg").write_text(f"home = {home}\nversion = 3.11.7\n")
    made.mark_complete()
    return made, home


def test_on_windows_the_base_is_looked_for_where_the_launcher_does(tmp_path, monkeypatch):
    environment, home = windows_environment(tmp_path, monkeypatch)
    assert environment.python.name == "python.exe"
    assert environment.state() == "ready"
    (home / "python311.dll").rename(home / "python313.dll")
    assert environment.state() == "broken"
    (home / "python313.dll").rename(home / "python311.dll")
    assert environment.state() == "ready"
    (home / "python.exe").unlink()
    assert environment.state() == "broken"


@posix
def test_an_interrupted_replacement_keeps_the_complete_one_to_restore(environment):
    environment.set_aside()
    environment.folder.mkdir()
    (environment.folder / "half").write_text("")
    again = ManagedEnvironment(environment.folder, environment.wheel)  # Blender was killed and started again
    again.set_aside()
    assert not again.folder.exists()
    assert again.restore_old()
    assert again.state() == "ready"
    assert not list(again.folder.parent.glob("backend.old*"))


def test_renaming_is_tried_again_while_a_program_has_a_file_open(monkeypatch, tmp_path):
    source = tmp_path / "a"
    source.mkdir()
    refusals, slept = [PermissionError(), PermissionError()], []
    rename = type(source).rename

    def reluctant(self, target):
        if refusals:
            raise refusals.pop()
        return rename(self, target)

    monkeypatch.setattr(type(source), "rename", reluctant)
    monkeypatch.setattr(managed_environment.time, "sleep", slept.append)
    rename_patiently(source, tmp_path / "b")
    assert (tmp_path / "b").is_dir()
    assert len(slept) == 2


@posix
def test_a_real_environment_is_repaired_for_a_moved_interpreter(tmp_path):
    """Two copies of one base: the first is made the environment from and then removed."""
    base = os.path.realpath(sys.executable)
    bins = [tmp_path / "old/bin", tmp_path / "new/bin"]
    for folder in bins:
        folder.mkdir(parents=True)
        shutil.copy(base, folder / os.path.basename(base))
        (folder.parent / "lib").symlink_to(os.path.join(sys.base_prefix, "lib"))
    name = os.path.basename(base)
    wheel = tmp_path / "zoetrope-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    environment = ManagedEnvironment(tmp_path / "backend", wheel)
    venv = ["-I", "-m", "venv", "--without-pip"]
    made = subprocess.run([bins[0] / name, *venv, environment.folder], capture_output=True, text=True)
    if made.returncode != 0:
        pytest.skip(f"this Python cannot be copied: {made.stderr[-200:]}")
    environment.mark_complete()
    packages = next(environment.folder.glob("lib/python3.*/site-packages"))
    (packages / "kept.py").write_text("x = 7")
    assert environment.state() == "ready"
    shutil.rmtree(bins[0])
    assert environment.state() == "broken"
    assert environment.repairable(sys.version_info[:2])
    environment.unlink_interpreters()
    assert environment.state() == "broken"
    subprocess.run([bins[1] / name, *venv, "--upgrade", environment.folder], check=True)
    assert environment.state() == "ready"
    done = subprocess.run([environment.python, "-I", "-c", "import kept; print(kept.x)"], capture_output=True)
    assert done.stdout == b"7\n"
