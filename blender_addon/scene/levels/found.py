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


def all_levels():
    """All levels of detail of the file."""
    return [obj for obj in bpy.data.objects if is_level(obj)]


def of(obj):
    """The levels of a creature's mesh object, the finest first."""
    if CREATURE not in obj.data:
        return []
    return sorted((o for o in all_levels() if owner(o) == obj), key=lambda level: level.data[NUMBER])


def meshes_of(mesh):
    """The meshes of the levels of a creature's mesh."""
    if CREATURE not in mesh:
        return []
    found = {level.data: owner(level) for level in all_levels()}
    return [level for level, creature in found.items() if creature is not None and creature.data == mesh]


def owner(level):
    """The mesh object that a level belongs to, whatever shows it, or None where there is none any more.

    It is the level's parent. Where the artist has given the level another one: the oldest of those with its
    identifier, for a copy of a creature shares that with the original, and its levels are not its own.
    """
    shared, parent = level.data.get(CREATURE), level.parent
    if shared is None:
        return None
    if parent is not None and parent.type == "MESH" and _is_creature(parent.data, shared):
        return parent
    meshes = {mesh for mesh in bpy.data.meshes if _is_creature(mesh, shared)}
    found = (obj for obj in bpy.data.objects if obj.type == "MESH" and obj.data in meshes)
    return min(found, key=_age, default=None) if meshes else None


def creature_of(level):
    """The mesh object that a level belongs to, or None where it is in no scene."""
    obj = owner(level)
    return obj if obj is not None and obj.users_scene else None


def base_name(obj):
    """What the names of a creature's levels begin with: its own, without _LOD0."""
    return obj.name.removesuffix("_LOD0")


def name_with(base, end, longest=None):
    """A name that ends so, with as much of its beginning as fits; longest: bytes, None: Blender's limit."""
    longest = longest or bpy.types.ID.bl_rna.properties["name"].length_max - 1
    return base.encode()[: longest - len(end)].decode(errors="ignore") + end


def _is_creature(mesh, identifier):
    return mesh.get(CREATURE) == identifier and NUMBER not in mesh


def _age(obj):
    return obj.data.session_uid, obj.session_uid
