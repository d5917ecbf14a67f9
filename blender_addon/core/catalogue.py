"""Which kinds of creatures can be generated, and which actions each of them has."""

import contextlib
import json
from functools import lru_cache

DEFAULT_ACTIONS = ("walk", "run", "swim", "fly", "idle")
"""The first of these that a category has is its default action."""
DEFAULT_CATEGORY = "quadruped"


class Catalogue:
    """Categories in the order that menus show them: the default first.

    Parameters
    ----------
    categories : dict
        Category -> (typical height in metres, list of actions), at least one.
    """

    def __init__(self, categories):
        self._categories = categories

    def category_names(self):
        """All categories."""
        return _defaults_first(self._categories, (DEFAULT_CATEGORY,))

    def action_names(self, category):
        """Actions of a category."""
        _, actions = self._categories.get(category, (1.0, ["walk"]))
        return _defaults_first(actions, DEFAULT_ACTIONS)

    def height(self, category):
        """Typical height in metres, or None for an unknown category."""
        height, _ = self._categories.get(category, (None, ()))
        return height


def _defaults_first(names, defaults):
    return sorted(names, key=lambda name: defaults.index(name) if name in defaults else len(defaults))


def label(name):
    """A category's or an action's name as menus show it."""
    return name.replace("_", " ").capitalize()


def index_of(names, name):
    """Position of a chosen name; 0, the default's, where the list no longer has it."""
    return names.index(name) if name in names else 0


@lru_cache(maxsize=4)
def shipped(weights, labels):
    """The catalogue before any backend has answered.

    Parameters
    ----------
    weights : Path or None
        Folder of weights, whose model.json the backend itself reads.
    labels : Path
        The add-on's own list, for a checkout without weights or with damaged ones: the backend reports what
        is wrong with them.
    """
    if weights is not None:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            data = json.loads((weights / "model.json").read_text(encoding="utf-8"))
            return Catalogue(
                {c["name"]: (c["height"], [a["name"] for a in c["actions"]]) for c in data["categories"]}
            )
    data = json.loads(labels.read_text(encoding="utf-8"))
    return Catalogue({name: (c["height"], c["actions"]) for name, c in data.items()})
