"""What tests of a changed creature share."""

import bpy
from conftest import creature_mesh

from blender_addon.scene import creatures


def vary(name, **properties):
    """Press a button; returns the mesh object."""
    assert getattr(bpy.ops.zoetrope, name)(**properties) == {"FINISHED"}
    return creature_mesh(bpy.context.object)


def notes_of(obj):
    """Notes that a creature carries."""
    return creatures.notes_of(creatures.animation_of(obj.parent or obj))
