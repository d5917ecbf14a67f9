"""Contents of a folder that were made with other settings are refused."""

import json

import pytest
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.folder_settings import keep_settings

SETTINGS = {"fit": {"lr": 0.5, "start": "all clips"}, "seed": 1}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "run" / "settings.json"
    keep_settings(path, SETTINGS, "MLPs")
    return path


def test_the_same_are_accepted_and_nothing_is_rewritten(path):
    before = path.read_bytes()
    keep_settings(path, SETTINGS, "MLPs")
    assert path.read_bytes() == before
    assert json.loads(before) == {"fit.lr": 0.5, "fit.start": "all clips", "seed": 1}


def test_another_value_is_named(path):
    other = SETTINGS | {"fit": {"lr": 0.25, "start": "all clips"}}
    with pytest.raises(ZoetropeError, match=r"MLPs of other settings: fit\.lr 0\.5, now 0\.25") as error:
        keep_settings(path, other, "MLPs")
    assert error.value.code == "bad_option"


def test_a_new_setting_has_its_default_where_the_file_is_older(path):
    keep_settings(path, SETTINGS | {"grid": 0}, "MLPs", {"grid": 0})
    with pytest.raises(ZoetropeError, match="grid 0, now 24"):
        keep_settings(path, SETTINGS | {"grid": 24}, "MLPs", {"grid": 0})
    with pytest.raises(ZoetropeError, match="grid None, now 24"):
        keep_settings(path, SETTINGS | {"grid": 24}, "MLPs")


@pytest.mark.parametrize("text", ["{", "[1]", "3"])
def test_a_damaged_file_is_one_sentence(path, text):
    path.write_text(text)
    with pytest.raises(ZoetropeError, match=r"settings\.json is damaged"):
        keep_settings(path, SETTINGS, "MLPs")
