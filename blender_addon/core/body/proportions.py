"""Names and ranges of a body's proportions, as the backend's `bodies/maps/body_shape.py` has them."""

import contextlib
import json
from functools import lru_cache

import numpy as np

RANGES = {
    **dict.fromkeys(("width", "length", "height"), (0.6, 1.6)),
    **dict.fromkeys(("legs", "neck"), (0.5, 2.0)),
    "head": (0.6, 1.6),
    "tail": (0.5, 2.0),
    **dict.fromkeys(("arms", "chest", "belly", "hips"), (0.6, 1.6)),
    "trunk": (0.8, 1.25),
    "top": (0.6, 1.6),
}
"""Proportion -> smallest and largest factor, in the order of the sliders; 1 leaves it unchanged."""

TEXTS = {
    "width": ("Width", "Width of the whole body, but for the head"),
    "length": ("Length", "Length of the whole body, but for the head"),
    "height": ("Height", "Height of the whole body against its width and length, but for the head"),
    "legs": ("Legs", "Length of the legs"),
    "neck": ("Neck", "Length of the neck"),
    "head": ("Head", "Size of the head"),
    "tail": ("Tail", "Length of the tail"),
    "arms": ("Arms", "Length of arms, wings and side fins"),
    "chest": ("Chest", "Girth of the front of the trunk, the top of an upright one"),
    "belly": ("Belly", "Girth of the middle of the trunk"),
    "hips": ("Hips", "Girth of the rear of the trunk, the bottom of an upright one"),
    "trunk": ("Trunk", "Height of the front of the trunk against its rear"),
    "top": ("Top", "Height of what is highest: horns, ears, crests, dorsal fins"),
}
"""Proportion -> label of its slider, and what it changes."""

ABSENT = {
    "biped": ("trunk",),
    "blob": ("legs", "neck", "tail", "chest", "belly", "hips", "trunk"),
    "dinosaur": ("arms",),
    "fish": ("legs", "neck", "trunk"),
    "humanoid": ("tail", "trunk", "top"),
    "quadruped": ("arms",),
    "winged": ("legs", "trunk"),
}
"""Category -> proportions that its bodies do not have: they change nothing."""


def acting(category):
    """Names of the proportions that change bodies of a category, in the order of the sliders."""
    absent = ABSENT.get(category, ())
    return [name for name in RANGES if name not in absent]


def changed(values, category):
    """The factors that change a body of a category: acting ones other than 1, `rounded`.

    values: float32 factors by name, all of them.
    """
    return exact(values, {}, category)


def exact(values, known, category):
    """The same, where unchanged sliders give the factors `known` of a creature, bit for bit."""
    found = {}
    for name in acting(category):
        before = known.get(name, 1.0)
        found[name] = before if same(values[name], before) else rounded(values[name])
    return {name: value for name, value in found.items() if value != 1.0}


def same(a, b):
    """Whether two factors are the same float32."""
    return bool(np.float32(a) == np.float32(b))


def rounded(value):
    """A float32 as the shortest decimal number that it stands for: 1.1, not 1.10000002384."""
    return float(np.format_float_positional(np.float32(value), unique=True))


def shipped_strengths(weights):
    """Category -> strength of the proportions that weights sample with the seed, from their model.json.

    weights: Path or None; empty where the weights say nothing. Reading it never fails.
    """
    if weights is None:
        return {}
    path = weights / "model.json"
    with contextlib.suppress(OSError):
        return _parsed(path, path.stat().st_mtime_ns)
    return {}


@lru_cache(maxsize=4)
def _parsed(path, _modified):
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        strengths = json.loads(path.read_text(encoding="utf-8")).get("proportion_strengths") or {}
        return {str(name): float(strength) for name, strength in strengths.items()}
    return {}
