"""Peak memory of commands that are known to hold so much."""

import sys

import numpy as np
import pytest
from zoetrope.evaluation.protocols.peak_memory import peak_memory

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell")


def test_it_is_what_the_command_held():
    small = peak_memory([sys.executable, "-S", "-c", "pass"])
    large = peak_memory([sys.executable, "-S", "-c", "x = b'1' * (300 * 2**20)"])
    assert small < 60
    assert large - small == pytest.approx(300, abs=10)


def test_what_the_caller_holds_is_not_counted():
    held = np.ones(400 * 2**17)  # 400 MiB
    assert peak_memory([sys.executable, "-S", "-c", "pass"]) < 60
    assert held[-1] == 1


def test_a_command_that_fails_has_none():
    assert peak_memory([sys.executable, "-c", "raise SystemExit(3)"]) is None
