"""Reading JSON files that may be damaged, or another program's."""

import json
from pathlib import Path
from typing import Any

MAX_NESTING = 50
"""Levels of dicts and lists; what an evaluation stores has about ten."""


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises
    ------
    ValueError
        It is no JSON in UTF-8, or nested too deeply.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    check_nesting(value)
    return value


def check_nesting(value: Any) -> None:
    """Raise ValueError if a value has more than `MAX_NESTING` levels: functions that recurse would fail."""
    level = [value]
    for _ in range(MAX_NESTING + 1):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    if level:
        raise ValueError("it is nested too deeply")
