"""The time that a run took is written down, however it ends."""

import json
import subprocess
import sys

import pytest
from zoetrope.training.optimisation.stopwatch import Stopwatch

RUN = """
import sys, time
from pathlib import Path
from zoetrope.cli.train import train
from zoetrope.training.optimisation.stopwatch import Stopwatch
from zoetrope.training.run import start
def wait(name, source, out, *rest):
    with Stopwatch(out).part("waiting"):
        print("begun", flush=True)
        time.sleep(60)
start.run_recipe = wait
train(data=Path(sys.argv[1]), out=Path(sys.argv[1]), quiet=True)
"""


def test_parts_are_added_up_over_resumptions(tmp_path):
    def interrupted():
        with Stopwatch(tmp_path).part("a"):
            sum(range(2_000_000))
            raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            interrupted()
        with Stopwatch(tmp_path).part("b"):
            pass
    first = Stopwatch(tmp_path).seconds
    assert set(first) == {"a", "b"}
    with Stopwatch(tmp_path).part("a"):
        sum(range(20_000_000))
    assert Stopwatch(tmp_path).seconds["a"] > first["a"]


@pytest.mark.skipif(sys.platform == "win32", reason="terminating a process kills it on Windows")
def test_a_terminated_run_writes_its_time(tmp_path):
    command = [sys.executable, "-c", RUN, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout.readline() == "begun\n"
        run.terminate()
        assert run.wait(30) == 143
    assert set(json.loads((tmp_path / "seconds.json").read_text())) == {"waiting"}
