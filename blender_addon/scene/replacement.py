"""What an artist gave a creature, for the one that takes its place: materials and vertex groups."""

import bpy

from .creatures import PROPERTY


def keep_materials(old, mesh):
    """Give a new creature's mesh the slots of an old one's object, with its own material in place of ours.

    It is removed where no slot takes it. Slots that are linked to the object stay with the object.
    """
    own = mesh.materials[0]
    kept = [slot.material for slot in old.material_slots] or [own]
    kept = [own if material is not None and PROPERTY in material else material for material in kept]
    mesh.materials.clear()
    for material in kept:
        mesh.materials.append(material)
    for slot, material in zip(old.material_slots, kept, strict=False):
        if slot.link == "OBJECT":
            slot.material = material
    if own not in kept:
        bpy.data.materials.remove(own)


def vertex_groups(obj):
    """Names of an object's vertex groups, whether each is locked, and the index of the active one."""
    return [(group.name, group.lock_weight) for group in obj.vertex_groups], obj.vertex_groups.active_index


def add_groups(obj, groups):
    """Add what `vertex_groups` returned, without vertices: the new ones are others."""
    names, active = groups
    for name, locked in names:
        obj.vertex_groups.new(name=name).lock_weight = locked
    if names:
        obj.vertex_groups.active_index = active
