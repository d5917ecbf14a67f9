"""Settings that what lies in a folder was made with: other ones are refused, not mixed with it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zoetrope.atomic_write import atomic_write
from zoetrope.errors import ZoetropeError


def keep_settings(
    path: Path, settings: Mapping[str, Any], what: str, defaults: Mapping[str, Any] | None = None
) -> None:
    """Write the settings of a folder's contents, or compare them with what was written before.

    Parameters
    ----------
    path : Path
        A .json file in the folder, which is made.
    settings : mapping
        JSON-able; mappings in it are compared by their own names.
    what : str
        What the folder holds, as the message names it.
    defaults : mapping, optional
        Values of settings that the file lacks, since it was written before there were such.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the folder's contents were made with other settings, or the file is damaged.
    """
    now = _flat(json.loads(json.dumps(settings)))
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as part:
            part.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return
    try:
        written = _flat(dict(json.loads(path.read_text(encoding="utf-8"))))
    except (ValueError, TypeError) as error:
        raise ZoetropeError(
            f"{path} is damaged.", code="bad_option", remedy="Choose another folder."
        ) from error
    before = _flat(json.loads(json.dumps(defaults or {}))) | written
    other = sorted(name for name in now.keys() | before.keys() if now.get(name) != before.get(name))
    if other:
        name = other[0]
        raise ZoetropeError(
            f"{path.parent} holds {what} of other settings: {name} {before.get(name)}, now {now.get(name)}.",
            code="bad_option",
            remedy="Choose another folder with --out.",
        )


def _flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return {"part.name": value} of nested settings."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat
