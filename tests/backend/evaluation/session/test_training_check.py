"""Weights that do not say what they were trained on are refused as a session opens."""

import json
import shutil

import pytest
from zoetrope.engines.weights.folders import find_weights
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.session.loading import open_session
from zoetrope.evaluation.session.training_check import checked_training

GOOD = {"split": "by_creature", "creatures": ["a.glb"], "torch": "2"}


def nested(levels):
    value = {}
    for _ in range(levels):
        value = {"more": value}
    return value


def starts(levels):
    value = {**GOOD, "taken": "all"}
    for _ in range(levels):
        value = {**GOOD, "taken": "all", "start": value}
    return {**GOOD, "start": value}


DAMAGED = {
    "nothing": {},
    "split is a number": {**GOOD, "split": 3},
    "unknown split": {**GOOD, "split": "by_weather"},
    "no creatures": {"split": "by_clip"},
    "empty creatures": {**GOOD, "creatures": []},
    "creatures of another type": {**GOOD, "creatures": [["a.glb"]]},
    "start is a list": {**GOOD, "start": ["all"]},
    "start without what was taken": {**GOOD, "start": GOOD},
    "endless starts": starts(200),
    "nested": {**GOOD, "clips": nested(300)},
}


def describe(folder, training, **more):
    folder.mkdir(exist_ok=True)
    (folder / "model.json").write_text(json.dumps({"training": training, **more}))
    return folder


@pytest.mark.parametrize("training", [GOOD, starts(0), starts(3)])
def test_what_training_writes_is_returned(tmp_path, training):
    assert checked_training(describe(tmp_path, training)) == training


@pytest.mark.parametrize("training", DAMAGED.values(), ids=DAMAGED.keys())
def test_anything_else_is_one_sentence(tmp_path, training):
    with pytest.raises(ZoetropeError, match="do not say what they were trained on: ") as raised:
        checked_training(describe(tmp_path, training))
    assert raised.value.code == "weights_damaged"
    assert str(tmp_path) in raised.value.message
    assert raised.value.remedy


@pytest.fixture
def untold(tmp_path):
    """The shipped weights without what they were trained on."""
    folder = tmp_path / "untold"
    shutil.copytree(
        find_weights(), folder, ignore=shutil.ignore_patterns("*.npz", "donor*", "hyperdiffusion")
    )
    described = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**described, "name": "untold", "training": {}}))
    return folder


def test_a_session_checks_its_weights_and_those_beside(procedural_shared, tmp_path, untold):
    for words in ({"weights": untold}, {"weights": find_weights(), "beside": [untold]}):
        with pytest.raises(ZoetropeError, match="do not say what they were trained on"):
            open_session(shared=procedural_shared, work=tmp_path / "work", **words)


def test_measuring_files_alone_needs_nothing_of_the_training(procedural_shared, tmp_path, untold):
    files = next(procedural_shared.rglob("*.glb")).parent
    session = open_session(untold, None, tmp_path / "work", files=files, files_alone=True)
    assert len(session.test_creatures()) == 7
