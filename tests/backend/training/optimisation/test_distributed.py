"""Two processes that share every batch take the steps of one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from zoetrope.engines.weights.bundle import load_bundle
from zoetrope.training.optimisation.distributed import local_rows, process_group

NOT_COMPARED = ("mlp.weights", "noise.amplitude")
"""Not stored beside a dictionary; fitted to tokens that after six steps are within their rounding error."""
SCRIPT = Path(__file__).parents[2] / "helpers/distributed_run.py"


def train(folder, *launcher):
    """Run the script; return the losses of its stages."""
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
    one = train(tmp_path / "one")
    two = train(tmp_path / "two", "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    assert set(one) == set(two)
    assert len(one) == 8
    for stage, losses in one.items():
        assert two[stage] == pytest.approx(losses, rel=0.01), stage
    bundles = [load_bundle(tmp_path / name / "weights") for name in ("one", "two")]
    for name, modules in bundles[0].modules().items():
        for part, module in modules.items():
            others = bundles[1].modules()[name][part].state_dict()
            for key, value in module.state_dict().items():
                if key.startswith(NOT_COMPARED):
                    continue
                if value.is_floating_point() and value.numel():
                    assert (value - others[key]).abs().max() < 0.02 * value.abs().max() + 2e-3, (name, key)


def test_one_process_keeps_the_whole_batch():
    batch = torch.arange(5)
    assert local_rows(batch)[0] is batch
    with process_group("cpu") as device:
        assert device == "cpu"
