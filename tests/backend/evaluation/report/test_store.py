"""Parts of an evaluation are made once, remade when what they depend on changes, never half written."""

import json

import pytest
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.report.store import Store


def test_a_part_is_made_once_for_one_key(tmp_path):
    made = []

    def make():
        made.append(1)
        return {"value": float("nan"), "n": len(made)}

    store = Store(tmp_path, "zoetrope evaluate")
    first = store.part("a/b", {"seeds": (1, 2)}, make)
    again = Store(tmp_path, "another command").part("a/b", {"seeds": [1, 2]}, make)
    assert first == again
    assert first["result"] == {"value": None, "n": 1}
    assert first["made"]["command"] == "zoetrope evaluate"
    assert store.part("a/b", {"seeds": [3]}, make)["result"]["n"] == 2


def test_a_damaged_part_is_made_again(tmp_path):
    store = Store(tmp_path, "x")
    store.part("a", {}, lambda: {"n": 1})
    (tmp_path / "a.json").write_text("{", encoding="utf-8")
    assert store.part("a", {}, lambda: {"n": 2})["result"] == {"n": 2}


def test_a_part_that_fails_leaves_the_earlier_one(tmp_path):
    store = Store(tmp_path, "x")
    store.part("a", {"k": 1}, lambda: {"n": 1})

    def fail():
        raise ZoetropeError("No.")

    with pytest.raises(ZoetropeError):
        store.part("a", {"k": 2}, fail)
    assert json.loads((tmp_path / "a.json").read_text())["result"] == {"n": 1}
