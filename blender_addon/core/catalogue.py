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


def shipped(weights, labels):
    """The catalogue before any backend has answered. Reading it never fails.

    Parameters
    ----------
    weights : Path or None
        Folder of weights, whose model.json the backend itself reads.
    labels : Path
        The add-on's own list, for a checkout without weights or with damaged ones: the backend reports what
        is wrong with them.
    """
    return of_weights(weights) or _read(labels, _of_labels) or Catalogue({DEFAULT_CATEGORY: (1.0, ["walk"])})


def of_weights(folder):
    """What a folder of weights, or None, says that it can generate; None where it does not say so."""
    return None if folder is None else _read(folder / "model.json", _of_model)


def _of_model(data):
    return {c["name"]: (c["height"], [a["name"] for a in c["actions"]]) for c in data["categories"]}


def _of_labels(data):
    return {name: (c["height"], c["actions"]) for name, c in data.items()}


def _read(path, to_categories):
    """The catalogue in a file, or None where there is no usable one. Menus call it at each redraw."""
    try:
        return _parsed(path, path.stat().st_mtime_ns, to_categories)
    except OSError:
        return None


@lru_cache(maxsize=8)
def _parsed(path, _modified, to_categories):
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        categories = to_categories(json.loads(path.read_text(encoding="utf-8")))
        if categories and all(_usable(*category) for category in categories.items()):
            return Catalogue(categories)
    return None


def _usable(name, category):
    height, actions = category
    names = isinstance(actions, list) and actions and all(isinstance(a, str) and a for a in (name, *actions))
    return bool(names) and isinstance(height, int | float) and 0 < height < float("inf")
