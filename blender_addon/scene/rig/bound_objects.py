"""What belongs together in a file: an animated armature and the meshes that it moves."""

import bpy

from .. import creatures
from .modifiers import armature_modifiers


def of(obj):
    """The armature that moves an object, and all that it moves; the object alone where shape keys move it.

    Empty where nothing of ours moves it.
    """
    rig = obj if obj.type == "ARMATURE" else next((m.object for m in armature_modifiers(obj)), None)
    if rig is None and obj.parent is not None and obj.parent.type == "ARMATURE":
        rig = obj.parent  # it hangs on a bone
    if rig is None or not creatures.is_animated(rig):
        return [obj] if creatures.is_animated(obj) else []
    return [rig, *(other for other in bpy.data.objects if other.type == "MESH" and _moved_by(other, rig))]


def modifiers_can_be_applied(objects):
    """Whether glTF must write the meshes with their modifiers, and can: it drops shape keys then."""
    meshes = [obj for obj in objects if obj.type == "MESH"]
    return not any(obj.data.shape_keys for obj in meshes) and any(
        modifier.type != "ARMATURE" and modifier.show_viewport for obj in meshes for modifier in obj.modifiers
    )


def _moved_by(obj, rig):
    hangs = obj.parent == rig and obj.parent_type == "BONE"
    return hangs or any(modifier.object == rig for modifier in armature_modifiers(obj))
