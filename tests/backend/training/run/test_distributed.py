"""Two processes that share every batch take the steps of one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from zoetrope.engines.bundle import load_bundle
from zoetrope.training.run.distributed import mine, team

UNLEARNED = ("mlp.weights", "noise.amplitude")
"""Not kept beside a dictionary; measured on tokens that six steps leave within their rounding."""
SCRIPT = Path(__file__).parents[2] / "helpers/distributed_run.py"


def trained(folder, *launcher):
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, *launcher, str(SCRIPT), str(folder)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads((folder / "losses.json").read_text())


def test_two_processes_take_the_steps_of_one(tmp_path):
    alone = trained(tmp_path / "one")
    both = trained(tmp_path / "two", "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    assert set(alone) == set(both)
    assert len(alone) == 8
    for stage, losses in alone.items():
        assert both[stage] == pytest.approx(losses, rel=0.01), stage
    one, two = (load_bundle(tmp_path / name / "weights") for name in ("one", "two"))
    for name, modules in one.modules().items():
        for part, module in modules.items():
            theirs = two.modules()[name][part].state_dict()
            for key, value in module.state_dict().items():
                if key.startswith(UNLEARNED):
                    continue
                if value.is_floating_point() and value.numel():
                    assert (value - theirs[key]).abs().max() < 0.02 * value.abs().max() + 2e-3, (name, key)


def test_one_process_keeps_its_batch():
    batch = torch.arange(5)
    assert mine(batch)[0] is batch
    with team("cpu") as device:
        assert device == "cpu"
