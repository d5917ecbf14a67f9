"""Which modifiers belong to the shape that is analysed, and where the armature's own goes."""

SHAPE = frozenset(
    {
        "ARRAY",
        "BEVEL",
        "BOOLEAN",
        "EDGE_SPLIT",
        "MASK",
        "MIRROR",
        "SCREW",
        "SKIN",
        "SOLIDIFY",
        "TRIANGULATE",
        "WELD",
    }
)
"""Modifiers that make geometry from the base mesh: analysed with it, before the armature deforms it."""
COPIES = frozenset({"MIRROR", "ARRAY", "SCREW", "SKIN"})
"""Those whose new geometry moves otherwise than the base mesh: shape keys cannot follow it."""
AFTER = frozenset({"SUBSURF", "MULTIRES"})
"""Modifiers that refine a deformed mesh: the mesh is analysed on the cage below them."""


def armature_modifiers(obj):
    """The visible Armature modifiers of an object that have an armature."""
    return [m for m in obj.modifiers if m.type == "ARMATURE" and m.object is not None and m.show_viewport]


def of_the_shape(obj):
    """The visible modifiers of an object that belong to the analysed shape."""
    return [m for m in obj.modifiers if m.show_viewport and m.type in SHAPE]


def notes(obj):
    """Sentences about the visible modifiers of an object that may change its shape and are not analysed."""
    supported = SHAPE | AFTER | {"ARMATURE"}
    return [
        f"{m.name} of {obj.name} acts after the armature: apply it first if it changes the shape."
        for m in obj.modifiers
        if m.show_viewport and m.type not in supported
    ]


def place_for_armature(obj):
    """Index for a new Armature modifier: behind the analysed ones, and so before Subdivision."""
    last = 0
    for i, modifier in enumerate(obj.modifiers):
        if modifier.show_viewport and modifier.type in SHAPE:
            last = i + 1
    return last
