"""Which objects are levels of detail, and of which creature."""

import bpy

NUMBER = "zoetrope_level"
"""Custom property of a level's mesh: 1 for the finest, 2 for the next."""
CREATURE = "zoetrope_level_of"
"""Custom property of a creature's mesh and of its levels' meshes: an identifier that they share."""
COLLECTION = "zoetrope_levels"
"""Custom property of a collection that was made for levels: the name that it was given."""
VERTEX = "zoetrope_vertex"
"""Attribute of a level's mesh: index of each vertex among those of the creature's mesh."""


def is_level(obj):
    """Whether an object is a level of detail of a generated mesh."""
    return obj is not None and obj.type == "MESH" and NUMBER in obj.data


def of(obj):
    """The levels of a creature's mesh object, the finest first."""
    if CREATURE not in obj.data:
        return []
    found = [other for other in bpy.data.objects if is_level(other) and _belongs(other, obj)]
    return sorted(found, key=lambda level: level.data[NUMBER])


def meshes_of(mesh):
    """The meshes of the levels of a creature's mesh."""
    if CREATURE not in mesh:
        return []
    users = [obj for obj in bpy.data.objects if obj.data == mesh]
    return list(dict.fromkeys(level.data for obj in users for level in of(obj)))


def creature_of(level):
    """The mesh object that a level belongs to, or None where it is in no scene any more."""
    others = (obj for obj in bpy.data.objects if obj.type == "MESH" and NUMBER not in obj.data)
    return next((obj for obj in others if _belongs(level, obj) and obj.users_scene), None)


def base_name(obj):
    """What the names of a creature's levels begin with: its own, without _LOD0."""
    return obj.name.removesuffix("_LOD0")


def _belongs(level, obj):
    """Whether a level is one of an object's mesh: a copy of a creature shares the identifier alone."""
    shared = level.data.get(CREATURE)
    return shared is not None and obj.data.get(CREATURE) == shared and level.parent in (obj, obj.parent)
