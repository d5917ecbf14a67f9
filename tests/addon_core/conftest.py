"""Makes blender_addon importable without Blender, and gives a fake backend to jobs and sessions."""

import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# The add-on's __init__.py imports bpy: with a bare package in its place core/ and client/ can be imported.
package = types.ModuleType("blender_addon")
package.__path__ = [str(ROOT / "blender_addon")]
sys.modules["blender_addon"] = package

sys.path.insert(0, str(ROOT / "tests/addon"))

import known_creature  # noqa: E402
import numpy as np  # noqa: E402

from blender_addon.core.job import Job  # noqa: E402
from blender_addon.core.session import Session  # noqa: E402

from .fake_backend import REQUEST, Clock, FakeBackend  # noqa: E402


@pytest.fixture
def backend():
    """A fake backend that is alive and has sent nothing."""
    return FakeBackend()


@pytest.fixture
def result_file(tmp_path):
    """A result of `generate`, as the backend writes it for REQUEST."""
    path = tmp_path / "result.npz"
    with np.load(known_creature.RECORDED) as recorded:
        known_creature.save(path, dict(recorded), REQUEST)
    return path


@pytest.fixture
def clock():
    """A clock that only a test moves."""
    return Clock()


@pytest.fixture
def folder(tmp_path):
    """An empty job folder."""
    path = tmp_path / "job"
    path.mkdir()
    return path


@pytest.fixture
def job(backend, folder, clock):
    """A job whose `hello` was sent."""
    return Job(backend, None, REQUEST, str(folder), clock)


@pytest.fixture
def session(backend, folder):
    """A session that starts the fake backend."""

    def make_folder():
        folder.mkdir(exist_ok=True)
        return str(folder)

    return Session(backend.start, make_folder)
