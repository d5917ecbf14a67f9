"""The catalogue: order of menus, what is shipped, fallbacks."""

import json

import pytest

from blender_addon.core.catalogue import Catalogue, index_of, label, shipped

CATALOGUE = Catalogue(
    {"biped": (1.7, ["attack", "walk"]), "fish": (0.5, ["attack", "swim"]), "quadruped": (1.0, ["run"])}
)


def test_the_default_category_and_action_come_first():
    assert CATALOGUE.category_names() == ["quadruped", "biped", "fish"]
    assert CATALOGUE.action_names("biped") == ["walk", "attack"]
    assert CATALOGUE.action_names("fish") == ["swim", "attack"]


def test_an_unknown_category_has_a_walk_and_no_height():
    assert CATALOGUE.action_names("hydra") == ["walk"]
    assert CATALOGUE.height("hydra") is None
    assert CATALOGUE.height("fish") == 0.5


def test_a_choice_that_the_list_no_longer_has_becomes_the_default():
    assert index_of(["walk", "run"], "run") == 1
    assert index_of(["walk", "run"], "fly") == 0


def test_labels_are_words():
    assert label("sea_horse") == "Sea horse"


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.json"
    path.write_text(json.dumps({"fish": {"height": 0.5, "actions": ["swim"]}}))
    return path


def test_the_weights_say_what_is_shipped(tmp_path, labels):
    category = {"name": "biped", "height": 1.7, "actions": [{"name": "walk"}, {"name": "jump"}]}
    (tmp_path / "model.json").write_text(json.dumps({"categories": [category]}))
    found = shipped(tmp_path, labels)
    assert found.category_names() == ["biped"]
    assert found.action_names("biped") == ["walk", "jump"]


@pytest.mark.parametrize("content", [None, "{", "{}", "[]", '{"categories": [{"name": "biped"}]}'])
def test_without_readable_weights_the_own_labels_count(tmp_path, labels, content):
    if content is not None:
        (tmp_path / "model.json").write_text(content)
    assert shipped(tmp_path, labels).category_names() == ["fish"]
    assert shipped(None, labels).height("fish") == 0.5
