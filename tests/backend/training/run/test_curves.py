"""Curves are written for TensorBoard, and not written without it."""

import builtins
import logging

import pytest
from zoetrope.training.run.curves import Curves


def test_tensorboard_reads_the_curves(tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    with Curves(tmp_path) as curves:
        for step in range(1, 46):
            curves("shape_pretraining", step, 45, 1 / step)
    events = accumulator.EventAccumulator(str(tmp_path))
    events.Reload()
    found = [(event.step, event.value) for event in events.Scalars("shape_pretraining/loss")]
    assert found == [(step, pytest.approx(1 / step)) for step in (20, 40, 45)]
    assert len(events.Scalars("shape_pretraining/steps_per_second")) == 3


def test_run_works_without_tensorboard(tmp_path, monkeypatch, caplog):
    original = builtins.__import__

    def refused(name, *rest):
        if name.startswith("torch.utils.tensorboard"):
            raise ImportError(name)
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refused)
    with caplog.at_level(logging.INFO), Curves(tmp_path / "log") as curves:
        curves("stage", 20, 20, 1.0)
    assert "pip install tensorboard" in caplog.text
    assert not (tmp_path / "log").exists()
