"""An earlier animation of ours that a new one replaces: armature, groups, Actions, levels of detail."""

import bpy

from .. import actions
from ..creatures import PROPERTY
from ..levels import found as levels
from ..levels import removal
from . import skinning

MADE = f"{PROPERTY}_made"
"""Custom property of armatures that we made, other than the artist's own."""
OLD = "zoetrope_replaced."
"""Beginning of a replaced vertex group's name until it is removed: the new one takes its name."""


class Replaced:
    """The armatures of ours that move objects and their levels of detail, and nothing but them.

    One that moves other objects too, or has Actions of the artist's, stays as it is.

    Parameters
    ----------
    objects : list of Object
        The artist's.

    Attributes
    ----------
    rigs : list of Object
    levels : list of Object
        They are removed too: they have the earlier animation.
    """

    def __init__(self, objects):
        self._objects = objects
        self.levels = [level for obj in objects for level in levels.of(obj)]
        moved = {*objects, *self.levels}
        found = {m.object for obj in objects for m in _modifiers(obj) if MADE in m.object}
        self.rigs = [rig for rig in found if _users(rig) <= moved and _only_ours(rig)]
        self._names = {bone.name for rig in self.rigs for bone in rig.data.bones}

    def parent_of(self, obj):
        """An object's parent; that of the armature where it is a replaced one."""
        return obj.parent.parent if obj.parent in self.rigs else obj.parent

    def step_aside(self):
        """Let go of the groups' names and of the mesh; `scene.own_mesh.restore` can undo it."""
        for obj in self._objects:
            for modifier in _modifiers(obj):
                if modifier.object in self.rigs:
                    modifier.show_viewport = modifier.show_render = False
            for group in obj.vertex_groups:
                if group.name in self._names:
                    group.name = OLD + group.name

    def remove(self):
        """Remove it for good; nothing that can fail may follow."""
        removal.remove(self.levels)
        for obj in self._objects:
            for modifier in _modifiers(obj):
                if modifier.object in self.rigs:
                    obj.modifiers.remove(modifier)
            for group in [group for group in obj.vertex_groups if group.name.startswith(OLD)]:
                obj.vertex_groups.remove(group)
            if obj.parent in self.rigs:  # shape keys came in the armature's place
                skinning.set_parent(obj, obj.parent.parent)
        for rig in self.rigs:
            made, data = [a for a in actions.all_of(rig) if PROPERTY in a], rig.data
            bpy.data.objects.remove(rig)
            if data.users == 0:
                bpy.data.armatures.remove(data)
            for action in made:
                if action.users == 0:
                    bpy.data.actions.remove(action)


def _modifiers(obj):
    return [m for m in obj.modifiers if m.type == "ARMATURE" and m.object is not None]


def _only_ours(rig):
    return all(PROPERTY in action for action in actions.all_of(rig))


def _users(rig):
    """Objects that an armature moves by a modifier or as their parent."""
    return {
        obj
        for obj in bpy.data.objects
        if obj.parent == rig or any(m.object == rig for m in obj.modifiers if m.type == "ARMATURE")
    }
