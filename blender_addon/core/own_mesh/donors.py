"""The creatures whose motion can be retargeted, as the weights' description lists them."""

import contextlib
import json
from functools import lru_cache

FILE = "donors.json"
THUMBNAILS = "donor_thumbnails"


def shipped(weights):
    """Donors in a folder of weights: (name, title, category), by title; empty where there is no usable list.

    weights: Path or None. Menus call it at each redraw; reading it never fails.
    """
    if weights is None:
        return ()
    path = weights / FILE
    with contextlib.suppress(OSError):
        return _parsed(path, path.stat().st_mtime_ns)
    return ()


def thumbnail(weights, name):
    """Path of a donor's picture in a folder of weights (Path or None); None without weights."""
    return None if weights is None else weights / THUMBNAILS / f"{name}.png"


def titled(donors, category, fitting):
    """Entries of a menu of donors: (name, title), those that were found to fit first, best first.

    Parameters
    ----------
    donors : tuple of (name, title, category)
    category : str or None
        Only its donors; None: all.
    fitting : tuple of (name, title, cost)
        Of the last guess about the mesh; their cost is part of the title.
    """
    found = {name: f"{title} ({cost:.3f})" for name, title, cost in fitting}
    for name, title, kind in donors:
        if category in (None, kind):
            found.setdefault(name, title)
    return tuple(found.items())


@lru_cache(maxsize=4)
def _parsed(path, _modified):
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        listed = json.loads(path.read_text(encoding="utf-8"))["donors"]
        found = [(str(d["name"]), str(d["title"]), str(d["category"])) for d in listed]
        return tuple(sorted(found, key=lambda donor: donor[1]))
    return ()
