"""Which interpreters can make the backend's environment."""

import importlib.util
import sys

import pytest

from blender_addon.client.base_python import VERSIONS, BasePython, inspect_python


@pytest.mark.skipif(
    importlib.util.find_spec("ensurepip") is None, reason="Debian's own Python has no ensurepip"
)
def test_an_interpreter_says_its_version_and_platform():
    found = inspect_python(sys.executable)
    assert found.version == sys.version_info[:2]
    assert found.platform.startswith(("linux-", "win", "macosx-"))
    assert (found.version in VERSIONS) == (sys.version_info[:2] < (3, 14))


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo 3 9 linux-x86_64", BasePython((3, 9), "linux-x86_64")),
        ("echo 3 11 win-arm64; exit 1", None),
        ("echo three eleven linux", None),
        ("", None),
    ],
)
def test_a_program_that_does_not_answer_is_none(tmp_path, script, found):
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    assert inspect_python(str(program)) == found


def test_an_interpreter_that_is_not_there_is_none(tmp_path):
    assert inspect_python(str(tmp_path / "none")) is None
