"""A loss that is no number sends a stage back to its last checkpoint, and ends it when that does not help."""

import math

import pytest
import torch
from torch import nn
from zoetrope.errors import ZoetropeError
from zoetrope.training.run.checkpoints import load_checkpoint
from zoetrope.training.run.loop import run_stage


def stage(folder, spoil, steps=30, **options):
    """Fit a line, spoiled at some calls; its slope, and the number of calls."""
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.3)
    calls = []

    def loss_of(generator):
        x = torch.rand(16, 1, generator=generator)
        calls.append(float(x[0]))
        return (model(x) - 2 * x).square().mean() + spoil(len(calls), model.weight)

    run_stage("line", folder, steps, 0, {"model": model}, {"model": optimiser}, loss_of, **options)
    return float(model.weight.detach()), calls


def test_goes_back_and_on_with_other_batches(tmp_path):
    slope, calls = stage(tmp_path, lambda call, _: float("nan") if call == 10 else 0.0)
    assert len(calls) == 9 + 1 + 30, "from the checkpoint at step 0 once more"
    assert not set(calls[:10]) & set(calls[10:]), "the batch that went wrong is not met again"
    assert slope > 0.1


def test_goes_back_no_further_than_the_last_checkpoint(tmp_path):
    _, calls = stage(tmp_path, lambda call, _: float("inf") if call == 10 else 0.0, checkpoint_seconds=0.0)
    assert len(calls) == 31


@pytest.mark.parametrize("at", [10, 30], ids=["in the middle", "the last step"])
def test_a_spoiled_network_is_not_kept(tmp_path, at):
    def spoil(call, weight):
        return (0 * weight.square().sum()).sqrt() if call == at else 0.0  # 0, and its gradient no number

    slope, calls = stage(tmp_path, spoil, checkpoint_seconds=0.0)
    assert math.isfinite(slope)
    assert len(calls) == 30 + 2, "the step that spoiled it, and the loss that showed it"


def test_ends_with_a_remedy_and_keeps_the_checkpoint(tmp_path):
    with pytest.raises(ZoetropeError, match="diverged") as caught:
        stage(tmp_path, lambda call, _: float("nan") if call > 5 else 0.0, checkpoint_seconds=0.0)
    assert "learning rates" in caught.value.remedy
    model = nn.Linear(1, 1, bias=False)
    assert load_checkpoint(tmp_path / "line.safetensors", {"model": model}, {}) == 5
    assert torch.isfinite(model.weight).all()
