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


def of_category(category):
    """Names of the proportions that bodies of a category have, in the order of the sliders."""
    absent = ABSENT.get(category, ())
    return [name for name in RANGES if name not in absent]


def slider_factors(values, category, creature_factors=None):
    """The factors other than 1 that sliders set, for the proportions that a category has.

    Sliders are float32, a creature's factors float64: a slider that shows a creature's factor gives that
    factor, bit for bit, so that the same body comes again; any other value is `rounded`.

    Parameters
    ----------
    values : dict
        Value of each slider, all of them.
    category : str
    creature_factors : dict, optional
        Factors other than 1 of the creature that the sliders are of.
    """
    factors = {}
    for name in of_category(category):
        before = (creature_factors or {}).get(name, 1.0)
        factors[name] = before if equal_float32(values[name], before) else rounded(values[name])
    return {name: factor for name, factor in factors.items() if factor != 1.0}


def equal_float32(a, b):
    """Whether two numbers are the same float32."""
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
