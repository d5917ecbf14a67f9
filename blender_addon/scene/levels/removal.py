"""Removing levels of detail: of a replaced creature, and of one that was deleted."""

import bpy

from . import found


def remove(levels):
    """Remove levels with their meshes, and the collections that were made for them once these are empty."""
    homes = {collection for level in levels for collection in level.users_collection}
    for level in list(levels):
        mesh = level.data
        bpy.data.objects.remove(level)
        if mesh.users == 0:
            bpy.data.meshes.remove(mesh)
    for home in homes:
        if found.COLLECTION in home and not home.objects and not home.children:
            bpy.data.collections.remove(home)


def orphans():
    """Hidden levels whose creature is in no scene: nobody sees that they are left. Shown ones are kept."""
    levels = (obj for obj in bpy.data.objects if found.is_level(obj) and obj.is_editable)
    return [level for level in levels if not _is_shown(level) and found.creature_of(level) is None]


def remove_orphans():
    """Remove them."""
    remove(orphans())


def _is_shown(level):
    layers = (layer for scene in level.users_scene for layer in scene.view_layers)
    return any(level.visible_get(view_layer=layer) for layer in layers if level.name in layer.objects)
