"""A stage whose loss is not finite returns to its last checkpoint, and ends when that does not help."""

import math

import pytest
import torch
from torch import nn
from zoetrope.errors import ZoetropeError
from zoetrope.training.optimisation.checkpoints import load_checkpoint, save_checkpoint
from zoetrope.training.optimisation.stage_loop import run_stage


def fit_line(folder, disturbance, steps=30, **options):
    """Fit a line with a disturbed loss; return its slope and the first sample of each call's batch."""
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.3)
    calls = []

    def loss_of(generator):
        x = torch.rand(16, 1, generator=generator)
        calls.append(float(x[0]))
        return (model(x) - 2 * x).square().mean() + disturbance(len(calls), model.weight)

    run_stage("line", folder, steps, 0, {"model": model}, {"model": optimiser}, loss_of, **options)
    return float(model.weight.detach()), calls


def test_rollback_samples_other_batches(tmp_path):
    slope, calls = fit_line(tmp_path, lambda call, _: float("nan") if call == 10 else 0.0)
    assert len(calls) == 9 + 1 + 30, "again from the checkpoint at step 0"
    assert not set(calls[:10]) & set(calls[10:])
    assert slope > 0.1


def test_rollback_ends_at_the_last_checkpoint(tmp_path):
    _, calls = fit_line(tmp_path, lambda call, _: float("inf") if call == 10 else 0.0, checkpoint_seconds=0.0)
    assert len(calls) == 31


@pytest.mark.parametrize("at", [10, 30], ids=["in the middle", "the last step"])
def test_network_with_infinite_weights_is_not_saved(tmp_path, at):
    def disturbance(call, weight):
        return (0 * weight.square().sum()).sqrt() if call == at else 0.0  # 0 with a gradient of NaN

    slope, calls = fit_line(tmp_path, disturbance, checkpoint_seconds=0.0)
    assert math.isfinite(slope)
    assert len(calls) == 30 + 2, "the step with the bad gradient, and the bad loss after it"


def test_diverged_stage_reports_a_remedy_and_keeps_its_checkpoint(tmp_path):
    with pytest.raises(ZoetropeError, match="diverged") as caught:
        fit_line(tmp_path, lambda call, _: float("nan") if call > 5 else 0.0, checkpoint_seconds=0.0)
    assert "learning rates" in caught.value.remedy
    model = nn.Linear(1, 1, bias=False)
    assert load_checkpoint(tmp_path / "line.safetensors", {"model": model}, {}) == 5
    assert torch.isfinite(model.weight).all()


def test_checkpoint_of_another_run_is_refused(tmp_path):
    path = tmp_path / "line.safetensors"
    save_checkpoint(path, 3, {"model": nn.Linear(1, 1)}, {})
    with pytest.raises(ZoetropeError, match="other settings or creatures") as caught:
        load_checkpoint(path, {"model": nn.Linear(2, 1)}, {})
    assert "--out" in caught.value.remedy
