"""Levels of detail whose creature is replaced or deleted: they are removed, or go to its copy."""

import bpy
from mathutils import Matrix

from ..rig.modifiers import armature_modifiers
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


def strays():
    """Hidden levels whose creature was deleted while a copy of it is left, which they belong to now.

    Not those that the artist has put somewhere.
    """
    levels = (level for level in found.all_levels() if level.is_editable and level.parent is None)
    unmoved = (level for level in levels if level.matrix_basis == Matrix.Identity(4))
    return [level for level in unmoved if found.owner(level) is not None and not _is_shown(level)]


def remove_orphans():
    """Remove the orphans, and put the strays where the copy is."""
    remove(orphans())
    for level in strays():
        level.parent = found.owner(level)
        rig = next((modifier.object for modifier in armature_modifiers(level.parent)), None)
        for modifier in level.modifiers:
            if modifier.type == "ARMATURE" and modifier.object is None:
                modifier.object = rig
        for target in _driver_targets(level.data.shape_keys):
            if target.id is None:
                target.id = rig


def _driver_targets(keys):
    if keys is None or keys.animation_data is None:
        return []
    variables = (v for curve in keys.animation_data.drivers for v in curve.driver.variables)
    return [target for variable in variables for target in variable.targets]


def _is_shown(level):
    layers = (layer for scene in level.users_scene for layer in scene.view_layers)
    return any(level.visible_get(view_layer=layer) for layer in layers if level.name in layer.objects)
