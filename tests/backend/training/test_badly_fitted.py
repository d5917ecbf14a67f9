"""Bodies that are fitted badly are drawn more often, and a killed stage goes on drawing as it would have."""

import dataclasses

import pytest
import tiny
import torch
from zoetrope.training import badly_fitted, shape_stages
from zoetrope.training.badly_fitted import BadlyFitted
from zoetrope.training.loop import run_stage
from zoetrope.training.shape_stages import errors_of_bodies, shape_batch

ERRORS = torch.tensor([1.0, 3.0, 1.0, 1.0])


def recipe(steps, power=1.0):
    plain = tiny.recipe(steps)
    stage = dataclasses.replace(plain.shape_finetuning, badly_fitted=power)
    return dataclasses.replace(plain, shape_finetuning=stage)


@pytest.mark.parametrize(("power", "share"), [(0.0, 1 / 4), (1.0, 1 / 2), (2.0, 9 / 12)])
def test_a_body_is_drawn_by_a_power_of_its_error(power, share):
    weights = BadlyFitted(4, power).weights(lambda: ERRORS)
    generator = torch.Generator().manual_seed(0)
    bodies = shape_batch(tiny.prepared(), 4000, 1, generator, weights=weights)[0]
    assert float((bodies == 1).float().mean()) == pytest.approx(share, abs=0.03)


def test_errors_are_looked_at_now_and_then(monkeypatch):
    monkeypatch.setattr(badly_fitted, "EVERY", 3)
    drawn, looks = BadlyFitted(4, 1.0), []

    def look():
        looks.append(len(looks))
        return ERRORS * (1 + len(looks))

    seen = [float(drawn.weights(look)[0]) for _ in range(7)]
    assert seen == [2.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0]


def test_a_spoiled_network_leaves_weights_that_can_be_drawn_with():
    seen = torch.tensor([torch.nan, 0.0, torch.inf, 0.5])
    weights = BadlyFitted(4, 1.0).weights(lambda: seen)
    assert weights.tolist() == pytest.approx([1.0, badly_fitted.LEAST, 1.0, 0.5])


def test_the_error_of_a_body_is_its_own(tmp_path):
    data = tiny.prepared()
    field, latents = shape_stages.pretrain(tiny.recipe(30), data, tmp_path, None)
    dictionary, codes = shape_stages.finetune(recipe(0), data, tmp_path, field, latents, None)
    wrong = dataclasses.replace(data, sdf=data.sdf.clone())
    inside = wrong.sdf[2].abs() < 0.05
    wrong.sdf[2][inside] += 0.04
    true, seen = (errors_of_bodies(one, field, latents, dictionary, codes, 256, 3) for one in (data, wrong))
    kept = torch.tensor([0, 1, 3])
    assert torch.equal(true[kept], seen[kept])
    assert abs(float(seen[2] - true[2])) > 0.003


def test_a_killed_stage_draws_on_as_if_it_had_not_been(tmp_path, monkeypatch):
    data = tiny.prepared()
    monkeypatch.setattr(badly_fitted, "EVERY", 5)
    monkeypatch.setattr(shape_stages, "run_stage", lambda *a, **k: run_stage(*a, **k, checkpoint_seconds=0.0))

    def trained(folder, stops):
        folder.mkdir()
        field, latents = shape_stages.pretrain(tiny.recipe(12), data, folder, None)
        for stop in stops:

            def progress(stage, step, total, loss, stop=stop):
                if step == stop:
                    raise KeyboardInterrupt

            with pytest.raises(KeyboardInterrupt):
                shape_stages.finetune(recipe(12), data, folder, field, latents, progress)
        dictionary, codes = shape_stages.finetune(recipe(12), data, folder, field, latents, None)
        return torch.cat([p.flatten() for p in (*dictionary.parameters(), *codes.parameters())])

    whole, broken = trained(tmp_path / "a", []), trained(tmp_path / "b", [3, 8])
    assert torch.equal(whole, broken)
