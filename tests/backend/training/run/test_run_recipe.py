"""Which training a recipe starts, and what is refused before anything is sampled."""

import pytest
import tiny_run
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.sources import open_source
from zoetrope.training.run import start


@pytest.fixture
def calls(monkeypatch):
    """Names of what was run; nothing is trained."""
    made = []
    for name in ("prepare", "train", "train_diffusions", "adopt"):
        monkeypatch.setattr(start, name, lambda *_, name=name: made.append(name))
    monkeypatch.setattr(start, "load_prepared", lambda folder: tiny_run.prepared())
    monkeypatch.setattr(start, "check_source", lambda recipe, source: None)
    return made


class NoCreatures:
    def creatures(self, recipe):
        return []


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        ("shipped", ["prepare", "train"]),
        ("adopt", ["prepare", "adopt"]),
        ("motion-diffusion-cpu", ["train_diffusions"]),
    ],
)
def test_frozen_parts_decide_what_is_trained(calls, tmp_path, recipe, expected):
    (tmp_path / "checksums").touch()
    weights = start.run_recipe(recipe, NoCreatures(), tmp_path, source=tmp_path)
    assert weights == tmp_path / "weights"
    assert calls == expected


def test_a_run_folder_belongs_to_one_recipe_and_one_start(calls, tmp_path):
    out, weights = tmp_path / "run", tmp_path / "weights"
    weights.mkdir()
    (weights / "checksums").write_text(f"{'0' * 64}  model.json\n")
    start.run_recipe("by_clip", NoCreatures(), out)
    start.run_recipe("by_clip", NoCreatures(), out)
    for recipe, source in (("by_clip-shape", weights), ("by_clip", weights)):
        with pytest.raises(ZoetropeError, match="holds a run of other settings") as caught:
            start.run_recipe(recipe, NoCreatures(), out, source=source)
        assert "--out" in caught.value.remedy
    assert calls == ["prepare", "train"] * 2


def test_minutes_for_a_recipe_with_frozen_tokens_are_refused(calls, tmp_path):
    with pytest.raises(ZoetropeError, match="cannot be shortened"):
        start.run_recipe("motion-diffusion-cpu", NoCreatures(), tmp_path, source=tmp_path, minutes=3)
    assert calls == []


def test_without_any_creatures_both_options_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr("zoetrope.training.data.sources.find_shared", lambda: None)
    with pytest.raises(ZoetropeError, match="no creatures") as caught:
        open_source(None, None)
    assert "--data" in caught.value.remedy
    assert "--shared" in caught.value.remedy
