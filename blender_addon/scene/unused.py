"""Removing what deleted creatures leave behind."""

import bpy

from . import actions
from .colours import textures
from .creatures import MESH_FRAMES, PROPERTY
from .levels import found


def remove_unused():
    """Remove the meshes of creatures that were deleted, with their materials, images and Actions.

    Blender does not write a mesh without users, but once more what only that mesh used: the material and the
    Action of a deleted creature would be in the file until it is saved a second time.
    """
    # Levels of detail first: they use the material and the Actions of their creature.
    for mesh in [mesh for mesh in bpy.data.meshes if mesh.users == 0 and found.NUMBER in mesh]:
        bpy.data.meshes.remove(mesh)
    made = [mesh for mesh in bpy.data.meshes if PROPERTY in mesh or MESH_FRAMES in mesh]
    for mesh in [mesh for mesh in made if mesh.users == 0]:
        paint, used = mesh.zoetrope_paint, [material for material in mesh.materials if material is not None]
        images = {image for image in (paint.base_colour, paint.regions) if image is not None}
        images.update(image for material in used for image in textures.of_material(material))
        played = actions.all_of(mesh.shape_keys)
        bpy.data.meshes.remove(mesh)
        for kind, blocks in ((bpy.data.materials, set(used)), (bpy.data.actions, set(played))):
            for block in blocks:
                if block.users == 0 and PROPERTY in block:
                    kind.remove(block)
        textures.remove_unused(images)
