"""The panel's settings: menus follow the catalogue, and choices outlive a change of it."""

import bpy
import pytest


def hello(**actions):
    """An answer to `hello` with categories and their actions."""
    return {"categories": [{"name": name, "height": 1, "actions": a} for name, a in actions.items()]}


def test_a_choice_is_kept_by_name_when_the_lists_change(session, settings):
    settings.category, settings.actions = "dinosaur", {"run"}
    session.hello = hello(dinosaur=["run", "walk"], fish=["run", "walk"])
    assert (settings.category, settings.actions) == ("dinosaur", {"run"})
    settings.category = "fish"
    assert settings.actions == {"run"}


def test_the_default_of_each_category_comes_first(session, settings):
    session.hello = hello(biped=["attack", "walk"], fish=["attack", "swim"], quadruped=["attack", "walk"])
    assert (settings.category, settings.actions) == ("quadruped", {"walk"})
    settings.category = "fish"
    assert settings.actions == {"swim"}
    settings.category = "biped"
    assert settings.actions == {"walk"}


def test_only_actions_of_the_category_can_be_chosen(settings):
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}  # from now on the backend's answer counts
    settings.category = "dinosaur"
    settings.actions = {"walk"}
    with pytest.raises(ValueError, match="'run' not found"):
        settings.actions = {"run"}


def test_the_action_of_an_older_file_is_ticked(settings):
    settings.action_name = "run"
    assert settings.actions == {"run"}
    settings.actions = {"walk", "idle"}
    assert settings.chosen_actions() == ["walk", "idle"]


def test_no_tick_is_one_sentence(session, settings):
    settings.actions = set()
    assert "No action is ticked. Tick one or more actions." in settings.problem(bpy.context.scene)
    with pytest.raises(RuntimeError, match="No action is ticked"):
        bpy.ops.zoetrope.generate()
    assert session.backend_pid() is None


def test_another_kind_without_the_ticked_actions_has_its_default_ticked(session, settings):
    settings.category, settings.actions = "quadruped", {"walk", "eat"}
    settings.category = "fish"
    assert settings.actions == {"swim"}
    assert settings.request(bpy.context.scene)["actions"] == ["swim"]
    settings.category = "winged"
    assert settings.actions == {"fly"}
    settings.actions = set()
    assert "No action is ticked" in settings.problem(bpy.context.scene), "the artist took the tick off"
    settings.category = "fish"
    assert settings.actions == {"swim"}
    settings.category = "quadruped"
    assert settings.actions == {"walk", "eat"}


@pytest.mark.parametrize("output", ["armature", "shape_keys", "both"])
def test_correctives_are_requested_with_an_armature_alone(settings, output):
    settings.output, settings.correctives = output, True
    request = settings.request(bpy.context.scene)
    assert request["output"] == output
    assert request["correctives"] == (output != "shape_keys")


def test_the_request_has_the_scenes_frame_rate_unless_another_is_set(settings):
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 30, 1.001
    assert settings.request(scene)["fps"] == pytest.approx(30 / 1.001)
    settings.scene_fps, settings.fps = False, 12.0
    assert settings.request(scene)["fps"] == 12.0


def test_randomise_seed_sets_another_seed(settings):
    seeds = set()
    for _ in range(4):
        bpy.ops.zoetrope.randomise_seed()
        seeds.add(settings.seed)
    assert len(seeds) > 1


def test_what_is_not_a_number_is_not_taken(settings):
    settings.height, settings.fps = 2.0, 30.0
    settings.height = settings.fps = float("nan")
    assert (settings.height, settings.fps) == (2.0, 24.0)
