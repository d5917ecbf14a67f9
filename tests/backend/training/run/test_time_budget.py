"""Runs of given minutes: all stages shortened by one factor, and kept when the run is resumed."""

import dataclasses
import re

import pytest
import tiny_run
from zoetrope.errors import ZoetropeError
from zoetrope.training.recipe import load_recipe
from zoetrope.training.run import time_budget
from zoetrope.training.run.time_budget import (
    COLOUR_STAGES,
    DIFFUSIONS,
    MOTION_STAGES,
    SHAPE_STAGES,
    TRAINING_SHARE,
    measure_adoption,
    measure_seconds_a_step,
    recipe_within_budget,
    shorten,
    shorten_adoption,
    steps_of,
    with_steps,
    write_steps,
)

SECONDS_A_STEP = dict.fromkeys(steps_of(load_recipe("shipped")), 0.1)


def test_every_stage_is_timed():
    recipe = tiny_run.full_recipe()
    found = measure_seconds_a_step(recipe, tiny_run.coloured())
    assert set(found) == set(steps_of(recipe))
    assert all(seconds > 0 for seconds in found.values())


def test_of_a_run_from_weights_the_fit_of_tokens_is_timed(full_run, monkeypatch):
    stages = []
    original = time_budget.StageTimer.__call__

    def recorded(self, stage, *rest):
        stages.append(stage)
        original(self, stage, *rest)

    monkeypatch.setattr(time_budget.StageTimer, "__call__", recorded)
    recipe = dataclasses.replace(tiny_run.full_recipe(), start_from="shape")
    found = measure_seconds_a_step(recipe, tiny_run.coloured(), full_run)
    assert set(steps_of(recipe)) <= set(found)
    assert "shape_tokens" in stages
    assert "motion_tokens" not in stages
    assert "shape_pretraining" not in stages


def test_a_stage_without_steps_stays_so():
    recipe = load_recipe("by_clip-shape")
    assert shorten(recipe, SECONDS_A_STEP, 10_000) == recipe
    short = steps_of(shorten(recipe, SECONDS_A_STEP, 10))
    assert short["shape_finetuning"] == 0
    assert min(count for name, count in short.items() if name != "shape_finetuning") >= 20


def test_stages_are_shortened_by_one_factor():
    recipe = load_recipe("shipped")
    steps = steps_of(recipe)
    short = steps_of(shorten(recipe, SECONDS_A_STEP, 30))
    factors = [short[name] / steps[name] for name in steps]
    assert max(factors) < 1
    assert max(factors) - min(factors) < 0.001
    parallel = max(sum(short[name] for name in stages) for stages in (SHAPE_STAGES, MOTION_STAGES))
    total = short["shape_pretraining"] + parallel + sum(short[name] for name in COLOUR_STAGES)
    assert 0.1 * total == pytest.approx(TRAINING_SHARE * 30 * 60, rel=0.01)


def test_one_process_runs_all_stages_in_turn():
    recipe = dataclasses.replace(load_recipe("shipped"), processes=1)
    short = steps_of(shorten(recipe, SECONDS_A_STEP, 30))
    assert 0.1 * sum(short.values()) == pytest.approx(TRAINING_SHARE * 30 * 60, rel=0.01)


def test_recipe_that_fits_is_unchanged_and_one_that_cannot_is_refused():
    recipe = load_recipe("shipped")
    assert shorten(recipe, SECONDS_A_STEP, 10_000) == recipe
    with pytest.raises(ZoetropeError, match=re.escape("does not fit into 0.1 minutes")):
        shorten(recipe, SECONDS_A_STEP, 0.1)


def test_of_an_adoption_the_diffusions_alone_are_shortened():
    recipe = load_recipe("adopt")
    seconds = {"before": 300.0} | dict.fromkeys(DIFFUSIONS, 0.5)
    short = steps_of(shorten_adoption(recipe, seconds, 10))
    before = steps_of(recipe)
    assert {name for name in before if short[name] < before[name]} == set(DIFFUSIONS)
    total = 300 + 0.5 * sum(short[name] for name in DIFFUSIONS)
    assert total == pytest.approx(TRAINING_SHARE * 600, rel=0.01)
    with pytest.raises(ZoetropeError, match=re.escape("does not fit into 5 minutes")):
        shorten_adoption(recipe, seconds, 5)


def test_stages_of_an_adoption_are_timed(full_run):
    found = measure_adoption(tiny_run.full_recipe(), tiny_run.coloured(), full_run)
    assert set(found) == {"before", *DIFFUSIONS}
    assert all(seconds > 0 for seconds in found.values())


@pytest.mark.parametrize(
    ("name", "stages"), [("shipped", SECONDS_A_STEP), ("paper", SECONDS_A_STEP), ("adopt", DIFFUSIONS)]
)
def test_written_steps_are_read_again(tmp_path, name, stages):
    recipe = load_recipe(name)
    other = with_steps(recipe, {stage: i + 7 for i, stage in enumerate(stages)})
    write_steps(other, recipe, name, tmp_path / "recipe.toml")
    assert load_recipe(str(tmp_path / "recipe.toml")) == other


def test_resumed_run_keeps_its_steps(tmp_path, monkeypatch):
    monkeypatch.setattr(time_budget, "load_prepared", lambda _: tiny_run.prepared())
    monkeypatch.setattr(time_budget, "measure_seconds_a_step", lambda *_: SECONDS_A_STEP)
    first = load_recipe(recipe_within_budget("shipped", tmp_path, 30, "cpu"))
    resumed = load_recipe(recipe_within_budget("shipped", tmp_path, 60, "cpu"))
    assert first == resumed
    assert steps_of(first)["motion_finetuning"] < steps_of(load_recipe("shipped"))["motion_finetuning"]
