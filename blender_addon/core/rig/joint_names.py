"""Names of joints: the bone collection that each belongs to, and names that are still free."""

import re

COLLECTIONS = (
    ("Root", ("root",)),
    ("Wings", ("wing", "feather")),
    ("Fins", ("fin", "fluke")),
    ("Tail", ("tail", "sting")),
    ("Arms", ("arm", "hand", "palm", "finger", "fingers", "thumb", "clavicle", "claw", "weapon")),
    ("Legs", ("leg", "foot", "toe", "paw", "hoof", "thigh", "shin")),
    (
        "Head",
        (
            "head",
            "jaw",
            "ear",
            "eye",
            "eyes",
            "face",
            "nose",
            "mouth",
            "beak",
            "tongue",
            "horn",
            "antlers",
            "eyebrow",
            "antenna",
            "trunk",
        ),
    ),
    ("Spine", ("hips", "pelvis", "spine", "chest", "neck", "body", "base", "belly", "abdomen")),
)
"""Bone collection -> the words of the joints in it; the first that fits is taken."""
OTHER = "Other"


def collection_of(name):
    """Bone collection of a joint, by a word of its name ("leg_front_upper.L" -> "Legs")."""
    words = {re.sub(r"\d+$", "", word) for word in re.split(r"[^a-z0-9]+", name.lower())}
    return next((title for title, parts in COLLECTIONS if words & set(parts)), OTHER)


def free_names(names, taken):
    """The names, those that are taken with a number before their side: "ear.L" -> "ear_002.L".

    Vertex groups of the artist keep their names, so a joint needs another one. Both sides of a pair get the
    same number, or Blender would not mirror them.

    Parameters
    ----------
    names : list of str
        Unique.
    taken : set of str

    Returns
    -------
    list of str
        In the same order, unique and not taken.
    """
    sides = {}
    for stem, side in map(_split, names):
        sides.setdefault(stem, []).append(side)
    numbers = {stem: _free_number(stem, sides[stem], set(names), taken) for stem in sides}
    return [_numbered(stem, numbers[stem], side) for stem, side in map(_split, names)]


def _free_number(stem, sides, names, taken):
    number = 1
    while any(_numbered(stem, number, side) in (taken if number == 1 else taken | names) for side in sides):
        number += 1
    return number


def _split(name):
    """Name without its side, and the side (".L", ".R" or empty)."""
    return (name[:-2], name[-2:]) if name.endswith((".L", ".R")) else (name, "")


def _numbered(stem, number, side):
    return f"{stem}{side}" if number == 1 else f"{stem}_{number:03d}{side}"
