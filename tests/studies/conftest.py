"""The studies are a package of the repository, not of the backend; their tests use the shipped weights."""

import sys
from pathlib import Path

import pytest
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


@pytest.fixture(scope="session")
def engine():
    """An engine that checks nothing, and can pass through given poses."""
    from studies.motion_inpainting import InBetweenEngine

    return InBetweenEngine(ROOT / "weights", "cpu", steps=2, max_attempts=1)


@pytest.fixture(scope="session")
def bundle(engine):
    return engine.load()


@pytest.fixture(scope="session")
def creature(engine):
    """A generated quadruped, without action."""
    return engine.generate(
        GenerateRequest("quadruped", "", 3, detail=64, faces=None, texture=None), ignore_progress
    )
