"""Damaged JSON, and JSON that is nested too deeply, is refused before anything recurses into it."""

import pytest
from zoetrope.evaluation.session.stored_json import MAX_NESTING, read_json


def test_lists_and_dicts_are_read(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"ä": [1, {"b": null}]}', encoding="utf-8")
    assert read_json(path) == {"ä": [1, {"b": None}]}


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"",
        b'"\xff"',
        b"[" * (MAX_NESTING + 2) + b"]" * (MAX_NESTING + 2),
        b"[" * 100_000 + b"]" * 100_000,
    ],
    ids=["cut off", "empty", "not UTF-8", "nested", "endlessly nested"],
)
def test_what_cannot_be_read_is_a_value_error(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ValueError):  # noqa: PT011
        read_json(tmp_path / "a.json")
