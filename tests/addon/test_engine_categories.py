"""Kinds and actions that the weights of HyperDiffusion lack are named before anything is sent."""

import json

import bpy
import pytest

from blender_addon import runtime

MODEL = {
    "categories": [
        {"name": "biped", "height": 1.7, "actions": [{"name": "attack"}]},
        {"name": "quadruped", "height": 0.9, "actions": [{"name": "walk"}, {"name": "idle"}]},
    ]
}
LACKED = "The weights of HyperDiffusion have no category Dinosaur. Choose one of Quadruped, Biped."


@pytest.fixture
def two_kinds(two_engines, session, settings):
    """Weights of HyperDiffusion that know two kinds, and a backend that has answered."""
    (two_engines / "model.json").write_text(json.dumps(MODEL))
    settings.output = "shape_keys"
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    assert runtime.catalogue().category_names() == ["quadruped", "dinosaur"], "the backend's answer, DNF's"
    return session


@pytest.mark.usefixtures("two_kinds")
def test_the_lists_are_those_of_the_engine(settings):
    settings.engine = "hyperdiffusion"
    settings.category = "biped"
    assert settings.action_names() == ["attack"]
    assert runtime.catalogue(settings.engine).height("biped") == 1.7
    assert not settings.problem(bpy.context.scene)
    assert settings.request(bpy.context.scene)["actions"] == ["attack"]
    with pytest.raises(TypeError, match="dinosaur"):
        settings.category = "dinosaur"
    settings.engine = "dnf"
    assert settings.category == "quadruped", "DNF's weights have no biped"
    settings.category = "dinosaur"
    assert settings.action_names() == ["walk"]


def test_a_kind_that_was_chosen_for_the_other_engine_is_a_problem(settings, two_kinds):
    scene, session = bpy.context.scene, two_kinds
    settings.category = "dinosaur"
    assert not settings.problem(scene)
    settings.engine = "hyperdiffusion"
    assert settings.category == "dinosaur", "nothing else is made silently"
    assert settings.problem(scene) == LACKED
    count = len(bpy.data.objects)
    with pytest.raises(RuntimeError, match=LACKED):
        bpy.ops.zoetrope.generate()
    assert len(bpy.data.objects) == count
    assert not session.running()
    settings.category = "quadruped"
    assert not settings.problem(scene)


@pytest.mark.usefixtures("two_engines")
@pytest.mark.parametrize("model", [None, "{", '{"categories": []}'])
def test_weights_that_say_nothing_have_the_kinds_of_the_first_engine(settings, two_engines, model):
    if model is not None:
        (two_engines / "model.json").write_text(model)
    settings.engine = "hyperdiffusion"
    assert settings.category == "quadruped"
    assert not settings.problem(bpy.context.scene)


def test_an_engine_that_is_not_installed_is_a_problem(settings, monkeypatch, tmp_path, session):
    monkeypatch.setenv("ZOETROPE_WEIGHTS", str(tmp_path))
    settings.engine = "hyperdiffusion"
    text = "The weights of HyperDiffusion are not installed. Choose Engine: DNF."
    assert settings.problem(bpy.context.scene) == text
    with pytest.raises(RuntimeError, match=text):
        bpy.ops.zoetrope.generate()
    assert session.backend_pid() is None
    settings.engine = "dnf"
    assert not settings.problem(bpy.context.scene)
