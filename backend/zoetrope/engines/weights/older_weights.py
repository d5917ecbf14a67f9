"""Weights of older versions of Zoetrope, told by their description: its `format` is the same number."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from zoetrope.errors import ZoetropeError

LATER_KEYS = ("smoothing", "eikonal_limits", "loose_limits", "proportion_strengths")
"""What every description has since it was added, though the weights may do without."""


def unreadable_part(data: bytes) -> str:
    """Return what of a `model.json` this version cannot read any more, in words; empty where it can."""
    description = _mapping(data)
    colours, shape = description.get("colour_field"), description.get("shape_field")
    if isinstance(colours, dict) and "palette" in colours and "regions" not in colours:
        return "its colour field has no regions"
    if isinstance(shape, dict) and shape.get("colour", False) is not False:
        return "its shape field has colours"
    return ""


def sign_of_older_weights(data: bytes) -> str:
    """Return what shows that an older version wrote a `model.json`, in words; empty where nothing does."""
    description = _mapping(data)
    lacking = [key for key in LATER_KEYS if key not in description] if description else []
    return unreadable_part(data) or (f"it has no {', '.join(lacking)}" if lacking else "")


def _mapping(data: bytes) -> dict[str, Any]:
    try:
        description = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return description if isinstance(description, dict) else {}


@contextmanager
def explained_by_age(path: Path, data: bytes) -> Iterator[None]:
    """Say of weights that are refused as damaged that they are older, where their description shows it.

    Parameters
    ----------
    path : Path
        The description.
    data : bytes
        Its content, of the present format.

    Raises
    ------
    ZoetropeError
        Code "weights_damaged", as before.
    """
    try:
        yield
    except ZoetropeError as error:
        sign = sign_of_older_weights(data)
        if error.code != "weights_damaged" or not sign:
            raise
        raise ZoetropeError(
            f"The weights in {path.parent} are of an older version of Zoetrope: "
            f"{path.name} shows that {sign}.",
            code="weights_damaged",
            remedy="Install the weights of this version, or choose another folder of weights.",
        ) from error
