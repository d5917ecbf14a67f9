"""Fixtures of the engines' tests: the shipped weights, with few steps of the sampler."""

from pathlib import Path

import pytest
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest

WEIGHTS = Path(__file__).parents[3] / "weights"


@pytest.fixture(scope="session")
def engine():
    """An engine that checks nothing."""
    return DnfEngine(WEIGHTS, "cpu", steps=2, max_attempts=1)


@pytest.fixture(scope="session")
def bundle(engine):
    return engine.load()


@pytest.fixture(scope="session")
def creature(engine):
    """A generated quadruped, without action."""
    return engine.generate(
        GenerateRequest("quadruped", "", 3, detail=64, faces=None, texture=None), ignore_progress
    )
