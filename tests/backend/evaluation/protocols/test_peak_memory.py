"""Peak memory of commands that are known to hold so much."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

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


SLEEP = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
CALLER = f"""
import signal, sys
from zoetrope.evaluation.protocols.peak_memory import peak_memory
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell started in the background
peak_memory([sys.executable, "-S", "-c", {SLEEP!r}, sys.argv[1]])
"""


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, -signal.SIGINT)])
def test_an_interruption_ends_the_command(tmp_path, sent, status):
    path = tmp_path / "pid"
    caller = subprocess.Popen([sys.executable, "-c", CALLER, str(path)], stderr=subprocess.DEVNULL)
    wait_for(lambda: path.exists() and path.read_text())
    measured = int(path.read_text())
    caller.send_signal(sent)
    assert caller.wait(30) == status
    wait_for(lambda: not is_running(measured))


def wait_for(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("waited half a minute")


def is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")  # an ended one may wait for its new parent
    return not (state.exists() and state.read_text().rsplit(")", 1)[-1].split()[0] == "Z")
