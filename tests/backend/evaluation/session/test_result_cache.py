"""Parts of an evaluation are computed once, and again when what they depend on changes."""

import json

import pytest
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.session.result_cache import FORMAT, ResultCache


def test_part_is_computed_once_for_one_key(tmp_path):
    calls = []

    def compute():
        calls.append(1)
        return {"value": float("nan"), "n": len(calls)}

    cache = ResultCache(tmp_path, "zoetrope evaluate")
    first = cache.part("a/b", {"seeds": (1, 2)}, compute)
    again = ResultCache(tmp_path, "another command").part("a/b", {"seeds": [1, 2]}, compute)
    assert first == again
    assert first["result"] == {"value": None, "n": 1}
    assert first["provenance"]["command"] == "zoetrope evaluate"
    assert cache.part("a/b", {"seeds": [3]}, compute)["result"]["n"] == 2


KEY = {"format": FORMAT}
PROVENANCE = {"command": "x", "commit": "", "machine": "m", "seconds": 1.5}


@pytest.mark.parametrize(
    "content",
    [
        "{",
        '{"result": {"n": 1}, "key": {}, "made": {}}',
        json.dumps({"result": {"n": 1}, "key": {}, "provenance": PROVENANCE}),
        json.dumps({"key": KEY, "provenance": PROVENANCE}),
        json.dumps({"result": [1], "key": KEY, "provenance": PROVENANCE}),
        json.dumps({"result": {"n": 1}, "key": KEY}),
        json.dumps({"result": {"n": 1}, "key": KEY, "provenance": {**PROVENANCE, "seconds": "long"}}),
        "[1]",
        "3",
        "[" * 100_000 + "]" * 100_000,
        '{"result": {"n": "\xe4"}}'.encode("latin-1"),
    ],
    ids=[
        *("cut off", "older", "older format", "no result", "result is a list", "no provenance", "seconds"),
        *("list", "number", "nested", "not UTF-8"),
    ],
)
def test_damaged_part_and_part_of_an_older_format_are_computed_again(tmp_path, content):
    cache = ResultCache(tmp_path, "x")
    cache.part("a", {}, lambda: {"n": 1})
    (tmp_path / "a.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert cache.part("a", {}, lambda: {"n": 2})["result"] == {"n": 2}
    assert cache.part("a", {}, lambda: {"n": 3})["result"] == {"n": 2}


def test_failing_part_leaves_the_earlier_one(tmp_path):
    cache = ResultCache(tmp_path, "x")
    cache.part("a", {"k": 1}, lambda: {"n": 1})

    def fail():
        raise ZoetropeError("No.")

    with pytest.raises(ZoetropeError):
        cache.part("a", {"k": 2}, fail)
    assert json.loads((tmp_path / "a.json").read_text())["result"] == {"n": 1}
