"""scripts/environment.sh never replaces an environment that another copy of the repository works with."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "environment.sh"

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")


@pytest.fixture
def copy(tmp_path):
    """A copy of the repository with the script alone, beside an original."""
    (tmp_path / "original").mkdir()
    (tmp_path / "copy" / "scripts").mkdir(parents=True)
    shutil.copy(SCRIPT, tmp_path / "copy" / "scripts")
    (tmp_path / "tools").mkdir()
    for name, text in (("dpkg-query", "echo ok installed"), ("python3.11", "exit 1"), ("python3", "exit 1")):
        tool = tmp_path / "tools" / name
        tool.write_text(f"#!/bin/sh\n{text}\n")
        tool.chmod(0o755)
    return tmp_path / "copy"


def environment(venvs, name, place):
    """An environment that was made for a place."""
    (venvs / name).mkdir(parents=True)
    noted = {"backend": (".place", f"{place}\n"), "blender-4.5": (".complete", f"{place} 4.5.15\n")}
    file, text = noted[name]
    (venvs / name / file).write_text(text)
    return venvs / name


def run(copy, *words):
    path = f"{copy.parent / 'tools'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", copy / "scripts" / "environment.sh", *words],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


PARTS = [("backend", ["backend"]), ("blender-4.5", ["blender", "4.5"])]


@pytest.mark.parametrize(("name", "words"), PARTS)
def test_environments_behind_a_link_are_left_alone(copy, name, words):
    theirs = environment(copy.parent / "original" / ".venvs", name, copy.parent / "original")
    (copy / ".venvs").symlink_to(copy.parent / "original" / ".venvs")
    done = run(copy, *words)
    assert done.returncode == 2
    assert done.stderr.startswith("environment: .venvs is a symbolic link")
    assert done.stderr.count("\n") == 1
    assert list(theirs.iterdir())


@pytest.mark.parametrize(("name", "words"), PARTS)
def test_an_environment_of_another_place_that_exists_is_left_alone(copy, name, words):
    ours = environment(copy / ".venvs", name, copy.parent / "original")
    done = run(copy, *words)
    assert done.returncode == 2
    assert f"was made for {copy.parent / 'original'}" in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(ours.iterdir())


@pytest.mark.parametrize(("name", "words"), PARTS)
def test_an_environment_of_a_place_that_is_gone_is_made_anew(copy, name, words):
    environment(copy / ".venvs", name, copy.parent / "gone")
    done = run(copy, *words)
    assert "Python 3.11 is needed" in done.stderr, "it was not refused before"
