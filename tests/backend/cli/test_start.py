"""What goes wrong while the libraries are imported ends with a sentence as well."""

import os
import subprocess
import sys

import pytest


def start_with(tmp_path, typer):
    """Run the console command with a stand-in for typer, the first library that it imports."""
    (tmp_path / "typer.py").write_text(typer)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    command = [sys.executable, "-m", "zoetrope", "--version"]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_interruption_is_one_sentence(tmp_path):
    done = start_with(tmp_path, "raise KeyboardInterrupt")
    assert (done.returncode, done.stderr) == (130, "Interrupted: nothing was done.\n")


@pytest.mark.parametrize(
    "error", ["ImportError('x.so: failed to map segment from shared object')", "MemoryError()"]
)
def test_lack_of_memory_is_one_sentence(tmp_path, error):
    done = start_with(tmp_path, f"raise {error}")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: There is not enough memory")
    assert done.stderr.count("\n") == 1


def test_broken_installation_is_not_hidden(tmp_path):
    done = start_with(tmp_path, "raise ImportError('no typer')")
    assert done.returncode == 1
    assert "ImportError: no typer" in done.stderr
