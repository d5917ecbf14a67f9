"""The catalogue: order of menus, what is shipped, fallbacks."""

import json
import os

import pytest
from zoetrope.engines import request as backend_request

from blender_addon.core.catalogue import DEFAULT_ACTIONS, Catalogue, index_of, label, of_weights, shipped

CATALOGUE = Catalogue(
    {"biped": (1.7, ["attack", "walk"]), "fish": (0.5, ["attack", "swim"]), "quadruped": (1.0, ["run"])}
)


def test_the_default_category_and_action_come_first():
    assert CATALOGUE.category_names() == ["quadruped", "biped", "fish"]
    assert CATALOGUE.action_names("biped") == ["walk", "attack"]
    assert CATALOGUE.action_names("fish") == ["swim", "attack"]


def test_the_default_actions_are_those_of_the_backend():
    assert DEFAULT_ACTIONS == backend_request.DEFAULT_ACTIONS


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


ONE = '{"categories": [{"name": "biped", "height": %s, "actions": %s}]}'
DAMAGED = [
    "",
    "{",
    "{}",
    "[]",
    "null",
    '{"categories": []}',
    '{"categories": ["biped"]}',
    '{"categories": [{"name": "biped"}]}',
    ONE % (1.0, "[]"),
    ONE % (1.0, '[{"name": 5}]'),
    ONE % ('"tall"', '[{"name": "walk"}]'),
    ONE % ("NaN", '[{"name": "walk"}]'),
    "[" * 100_000,
]


def test_of_weights_nothing_is_known_where_they_do_not_say_it(tmp_path):
    assert of_weights(None) is None
    assert of_weights(tmp_path) is None
    (tmp_path / "model.json").write_text("{")
    assert of_weights(tmp_path) is None
    (tmp_path / "model.json").write_text(ONE % (1.7, '[{"name": "jump"}]'))
    assert of_weights(tmp_path).category_names() == ["biped"]
    assert of_weights(tmp_path).action_names("biped") == ["jump"]


@pytest.mark.parametrize("content", [None, *DAMAGED], ids=range(len(DAMAGED) + 1))
def test_without_readable_weights_the_own_labels_count(tmp_path, labels, content):
    if content is not None:
        (tmp_path / "model.json").write_text(content)
    assert shipped(tmp_path, labels).category_names() == ["fish"]
    assert shipped(None, labels).height("fish") == 0.5


def test_text_of_another_encoding_is_damage(tmp_path, labels):
    (tmp_path / "model.json").write_bytes(b"\xff\xfe\x00")
    assert shipped(tmp_path, labels).category_names() == ["fish"]
    assert shipped(labels, labels).category_names() == ["fish"]  # a file where the folder should be


@pytest.mark.parametrize(
    "content", [None, "{", "[]", '{"fish": {}}', '{"fish": {"height": 1, "actions": 3}}']
)
def test_menus_are_never_empty(tmp_path, content):
    labels = tmp_path / "labels.json"
    if content is not None:
        labels.write_text(content)
    found = shipped(tmp_path / "nowhere", labels)
    assert found.category_names() == ["quadruped"]
    assert found.action_names("quadruped") == ["walk"]


def test_weights_that_were_mended_are_read_again(tmp_path, labels):
    model = tmp_path / "model.json"
    model.write_text("{")
    assert shipped(tmp_path, labels).category_names() == ["fish"]
    model.write_text(ONE % (1.7, '[{"name": "walk"}]'))
    os.utime(model, ns=(1, 1))
    assert shipped(tmp_path, labels).category_names() == ["biped"]
