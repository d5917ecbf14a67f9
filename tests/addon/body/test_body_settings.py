"""The body's settings: a choice outlives a change of the kind, and what acts is requested."""

import json

import bpy
import pytest

from blender_addon import runtime
from blender_addon.properties import body


@pytest.fixture
def donors(monkeypatch):
    """Foxes among quadrupeds and a shark among fish."""
    listed = (("fox", "Fox", "quadruped"), ("wolf_2", "Wolf", "quadruped"), ("shark", "Shark", "fish"))
    monkeypatch.setattr(body, "listed_donors", lambda: listed)
    monkeypatch.setattr("blender_addon.properties.creature.listed_donors", lambda: listed)


def requested(settings):
    made = settings.request(bpy.context.scene)
    return {name: made[name] for name in ("proportions", "proportions_seed", "morph")}


def test_morphs_are_off_a_seed_or_creatures_of_the_kind_by_title(settings, donors):
    titles = [item[1] for item in body._morph_items(settings, None)]
    assert titles == ["Off", "Seed", "Fox", "Wolf"]
    settings.category = "fish"
    assert [item[1] for item in body._morph_items(settings, None)] == ["Off", "Seed", "Shark"]


def test_a_choice_survives_switching_the_kind(settings, donors):
    settings.morph, settings.proportions.legs, settings.proportions.arms = "wolf_2", 1.5, 1.25
    morph = {"other": "wolf_2", "amount": 0.4}
    before = {"proportions": {"legs": 1.5}, "proportions_seed": None, "morph": morph}
    assert requested(settings) == before
    settings.category = "fish"
    assert settings.morph == "OFF"
    assert requested(settings) == {"proportions": {"arms": 1.25}, "proportions_seed": None, "morph": None}
    settings.category = "quadruped"
    assert settings.morph == "wolf_2"
    assert requested(settings) == before


def test_sliders_multiply_the_proportions_that_the_weights_sample(settings, monkeypatch):
    monkeypatch.setattr("blender_addon.properties.creature.strengths", lambda: {"quadruped": 1.0})
    settings.seed, settings.proportions.legs = 5, 1.5
    assert requested(settings) == {"proportions": {"legs": 1.5}, "proportions_seed": 5, "morph": None}


def test_they_are_stored_with_the_creature_and_its_sliders_show_them(settings):
    settings.proportions.legs, settings.output = 1.5, "shape_keys"
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    mesh = bpy.context.object.data
    assert json.loads(mesh["zoetrope"])["request"]["proportions"] == {"legs": 1.5}
    assert mesh.zoetrope_proportions.legs == 1.5
    assert mesh.zoetrope_proportions.tail == 1.0


def test_reset_sets_the_sliders_to_one(settings):
    settings.proportions.legs = settings.proportions.tail = 1.3
    assert bpy.ops.zoetrope.reset_proportions() == {"FINISHED"}
    assert set(settings.proportions.values().values()) == {1.0}


def test_sliders_stay_in_the_backends_ranges(settings):
    settings.proportions.trunk = 9.0
    assert settings.proportions.trunk == 1.25
    settings.proportions.legs = 0.0
    assert settings.proportions.legs == 0.5


def test_what_is_not_a_number_is_not_taken(settings):
    settings.proportions.legs = settings.morph_amount = float("nan")
    assert settings.proportions.legs == 1.0
    assert settings.morph_amount == pytest.approx(0.4)


def test_random_seeds_of_proportions_and_morphs(settings):
    for name in ("proportions_seed", "morph_seed"):
        before = settings.seed, getattr(settings, name)
        assert bpy.ops.zoetrope.randomise_seed(setting=name) == {"FINISHED"}
        assert (settings.seed, getattr(settings, name)) != before
        assert settings.seed == before[0]


def test_they_are_saved_with_the_scene(settings, tmp_path):
    settings.proportions.legs, settings.sampled, settings.proportions_seed = 1.5, "SEED", 12
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    kept = bpy.context.scene.zoetrope
    assert (kept.proportions.legs, kept.sampled, kept.proportions_seed) == (1.5, "SEED", 12)
    assert not runtime.get().preview.on
