"""Runs of so many minutes: stages shortened alike, written as a recipe that a later call reads again."""

import dataclasses
import re

import pytest
import tiny_run
from test_live_run import live_recipe, two_coats
from zoetrope.errors import ZoetropeError
from zoetrope.training.recipe import load_recipe
from zoetrope.training.run.time_budget import fitted, measured, shortened, steps_of, with_steps, written
from zoetrope.training.run.train import time_budget as budget

SPEED = dict.fromkeys(steps_of(load_recipe("shipped")), 0.1)


def test_every_stage_is_measured():
    recipe = live_recipe()
    found = measured(recipe, two_coats())
    assert set(found) == set(steps_of(recipe))
    assert all(seconds > 0 for seconds in found.values())


def test_stages_are_shortened_alike():
    recipe = load_recipe("shipped")
    steps = steps_of(recipe)
    short = steps_of(shortened(recipe, SPEED, 30))
    shares = [short[name] / steps[name] for name in steps]
    assert max(shares) < 1
    assert max(shares) - min(shares) < 0.001
    beside = max(
        sum(short[name] for name in budget.SHAPE),
        sum(short[name] for name in budget.MOTION),
    )
    seconds = 0.1 * (short["shape_pretraining"] + beside + sum(short[name] for name in budget.LAST))
    assert seconds == pytest.approx(budget.SHARE * 30 * 60, rel=0.01)


def test_one_process_has_no_stages_beside_each_other():
    recipe = load_recipe("shipped")
    alone = steps_of(shortened(dataclasses.replace(recipe, processes=1), SPEED, 30))
    assert 0.1 * sum(alone.values()) == pytest.approx(budget.SHARE * 30 * 60, rel=0.01)


def test_what_fits_stays_and_what_cannot_is_said():
    recipe = load_recipe("shipped")
    assert shortened(recipe, SPEED, 10_000) == recipe
    with pytest.raises(ZoetropeError, match=re.escape("does not fit into 0.1 minutes")):
        shortened(recipe, SPEED, 0.1)


@pytest.mark.parametrize("name", ["shipped", "first"])
def test_what_is_written_is_read_again(tmp_path, name):
    recipe = load_recipe(name)
    other = with_steps(recipe, {stage: i + 7 for i, stage in enumerate(steps_of(recipe))})
    written(other, name, tmp_path / "recipe.toml")
    assert load_recipe(str(tmp_path / "recipe.toml")) == other


def test_a_run_keeps_the_steps_it_began_with(tmp_path, monkeypatch):
    monkeypatch.setattr(budget, "load_prepared", lambda _: tiny_run.prepared())
    monkeypatch.setattr(budget, "measured", lambda *_: SPEED)
    first = load_recipe(fitted("shipped", tmp_path, 30, "cpu"))
    again = load_recipe(fitted("shipped", tmp_path, 60, "cpu"))
    assert first == again
    assert steps_of(first)["motion_finetuning"] < steps_of(load_recipe("shipped"))["motion_finetuning"]
