"""Pre-training learns, and a killed stage resumes exactly."""

import pytest
import tiny_run
import torch
from zoetrope.training.optimisation.stage_loop import run_stage
from zoetrope.training.stages import context, shape_pretraining
from zoetrope.training.stages.context import StageContext


def test_shape_pretraining_learns(tmp_path):
    losses = []
    shape_pretraining.pretrain_shape(
        tiny_run.recipe(250),
        StageContext(tiny_run.prepared(), tmp_path, 1, lambda *step: losses.append(step[3])),
    )
    assert losses[-1] < 0.5 * losses[5]


def test_killed_stage_resumes_with_the_same_batches(tmp_path, monkeypatch):
    data, recipe = tiny_run.prepared(), tiny_run.recipe(12)
    monkeypatch.setattr(context, "run_stage", lambda *a, **k: run_stage(*a, **k, checkpoint_seconds=0.0))

    def trained(folder, stops):
        folder.mkdir()
        for stop in stops:

            def on_step(stage, step, total, loss, stop=stop):
                if step == stop:
                    raise KeyboardInterrupt

            with pytest.raises(KeyboardInterrupt):
                shape_pretraining.pretrain_shape(recipe, StageContext(data, folder, 1, on_step))
        field, latents = shape_pretraining.pretrain_shape(recipe, StageContext(data, folder, 1))
        return torch.cat([p.flatten() for p in (*field.parameters(), *latents.parameters())])

    assert torch.equal(trained(tmp_path / "whole", []), trained(tmp_path / "killed", [4, 9]))
