"""Levels of detail of a creature as objects `Name_LOD1`, `Name_LOD2` in a hidden collection of their own.

Their vertices are some of the creature's: place, colours, weights and shape keys are taken from it by index.
"""

import uuid

import bpy
import numpy as np

from .. import meshes
from ..rig import skinning
from ..rig.modifiers import armature_modifiers
from . import animation
from .found import COLLECTION, CREATURE, NUMBER, VERTEX, base_name, name_with


def add(context, obj, result, joints, metres, old=()):
    """Add the levels of a result to its mesh object, which has its armature and shape keys; returns them.

    `settle` puts them in their place once the creature is in its own.

    Parameters
    ----------
    obj : Object
    result : Result
    joints : list of str
        Names of the vertex groups, by joint; empty without an armature.
    metres : float
        In one Blender unit.
    old : list of Object
        The levels that they replace: they come into the same collection.
    """
    if not result.levels:
        return []
    identifier, made = uuid.uuid4().hex, []
    obj.data[CREATURE] = identifier
    home = _kept_collection(old) or _new_collection(context, obj)
    for number, level in enumerate(result.levels, start=1):
        name = name_with(base_name(obj), f"_LOD{number}")
        mesh = _mesh(name, obj.data, result, level, metres)
        mesh[NUMBER], mesh[CREATURE] = number, identifier
        new = bpy.data.objects.new(mesh.name, mesh)
        home.objects.link(new)
        for modifier in armature_modifiers(obj) if joints else ():
            weights = result.weight_joints[level.vertices], result.weight_values[level.vertices]
            skinning.add_groups(new, joints, *weights)
            skinning.add_modifier(new, modifier.object)
        _copy_shape_keys(obj.data.shape_keys, new, level.vertices)
        made.append(new)
    return made


def settle(obj, made):
    """Put new levels where their creature is: they are its children, so they go where it is moved.

    obj: the creature's mesh object, with its final name; made: from `add`. Nothing of it can fail.
    """
    for level in made:
        level.parent = obj
        level.name = level.data.name = name_with(base_name(obj), f"_LOD{level.data[NUMBER]}")
    for home in {collection for level in made for collection in level.users_collection}:
        if home.get(COLLECTION) == home.name:  # the artist has not renamed it
            home.name = name_with(base_name(obj), "_LODs")
            home[COLLECTION] = home.name
    animation.follow(obj)


def _mesh(name, finest, result, level, metres):
    rest = result.rest[level.vertices] / np.float32(metres)
    regions = None if result.regions is None else result.regions[level.vertices]
    colours = result.colours[level.vertices]
    mesh = meshes.new_mesh(name, rest, level.faces, colours, level.uvs, regions)
    attribute = mesh.attributes.new(VERTEX, "INT", "POINT")
    attribute.data.foreach_set("value", level.vertices.astype(np.int32))
    for material in finest.materials:
        mesh.materials.append(material)
    return mesh


def _copy_shape_keys(keys, level, vertices):
    """Give a level the shape keys of its creature, a `Key` or None, with their drivers."""
    if keys is None:
        return
    points = np.empty(3 * len(keys.reference_key.points), np.float32)
    for block in keys.key_blocks:
        block.points.foreach_get("co", points)
        new = level.shape_key_add(name=block.name, from_mix=False)
        new.points.foreach_set("co", points.reshape(-1, 3)[vertices].ravel())
        new.value, new.slider_min, new.slider_max = block.value, block.slider_min, block.slider_max
    if keys.animation_data is not None:
        drivers = level.data.shape_keys.animation_data_create().drivers
        for driver in keys.animation_data.drivers:
            drivers.from_existing(src_driver=driver)


def _kept_collection(old):
    collections = (collection for level in old for collection in level.users_collection)
    return next((c for c in collections if COLLECTION in c and c.is_editable), None)


def _new_collection(context, obj):
    """A hidden collection beside a creature.

    Its eye is closed in all view layers: one click shows it, exporters find it, and *Show Hidden Objects*
    does not open it.
    """
    scene = context.scene
    inside = {scene.collection, *scene.collection.children_recursive}
    parents = [c for c in obj.users_collection if c in inside and c.is_editable]
    made = bpy.data.collections.new(name_with(base_name(obj), "_LODs"))
    made[COLLECTION], made.hide_render = made.name, True
    (parents or [scene.collection])[0].children.link(made)
    for layer in scene.view_layers:
        for place in _places(layer.layer_collection, made):
            place.hide_viewport = True
    return made


def _places(layer_collection, collection):
    """Where a collection is in a view layer."""
    if layer_collection.collection == collection:
        yield layer_collection
    for child in layer_collection.children:
        yield from _places(child, collection)
