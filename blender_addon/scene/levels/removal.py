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
    """Hidden levels whose creature is nowhere in the file: nobody sees that they are left.

    Shown ones are kept, and those of a creature that is in no scene: a collection instance may show it.
    """
    levels = (level for level in found.all_levels() if level.is_editable)
    return [level for level in levels if found.owner(level) is None and not _is_shown(level)]


def remove_orphans():
    """Remove them."""
    remove(orphans())


def _is_shown(level):
    layers = (layer for scene in level.users_scene for layer in scene.view_layers)
    return any(level.visible_get(view_layer=layer) for layer in layers if level.name in layer.objects)
