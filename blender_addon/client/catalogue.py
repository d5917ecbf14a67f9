"""Which creatures and actions can be asked for: the backend's word, else what shipped with the add-on."""

import contextlib
import json
from functools import lru_cache

from . import environment, protocol, session


@lru_cache(maxsize=1)
def _shipped():
    # model.json is what the backend itself reads; labels.json is for a checkout without weights, or with
    # damaged ones, of which the backend will say what is wrong with them.
    folder = environment.weights()
    if folder is not None:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            data = json.loads((folder / "model.json").read_text(encoding="utf-8"))
            return {c["name"]: (c["height"], [a["name"] for a in c["actions"]]) for c in data["categories"]}
    data = json.loads((environment.ADDON / "labels.json").read_text(encoding="utf-8"))
    return {name: (c["height"], c["actions"]) for name, c in data.items()}


def categories():
    """Category -> (typical height in metres, actions)."""
    if session.hello:
        return protocol.categories(session.hello)
    return _shipped()
