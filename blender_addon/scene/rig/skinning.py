"""Binding objects to an armature, as Blender's own With Automatic Weights does."""

import numpy as np
from mathutils import Matrix

from . import modifiers

MIN_WEIGHT = 1e-5
"""Weights below it are left out."""


def add_groups(mesh_object, names, joints, values):
    """Add vertex groups with weights to an object's mesh.

    Parameters
    ----------
    names : list of str
        Of the joints, not yet taken by the mesh's groups.
    joints, values : (N, 4)
    """
    # Groups live in the mesh but are made by an object, whose active group stays as it was.
    active = mesh_object.vertex_groups.active_index
    flat_joints, flat_values = joints.ravel(), values.ravel().astype(np.float64)
    vertices = np.repeat(np.arange(len(joints)), joints.shape[1])
    kept = flat_values > MIN_WEIGHT
    flat_joints, flat_values, vertices = flat_joints[kept], flat_values[kept], vertices[kept]
    order = np.argsort(flat_joints, kind="stable")
    bounds = np.searchsorted(flat_joints[order], np.arange(len(names) + 1))
    for i, name in enumerate(names):
        some = order[bounds[i] : bounds[i + 1]]
        if not len(some):
            continue
        group = mesh_object.vertex_groups.new(name=name)
        whole = flat_values[some] > 1.0 - MIN_WEIGHT
        group.add(vertices[some][whole].tolist(), 1.0, "REPLACE")
        part = some[~whole]
        add = group.add
        for vertex, value in zip(vertices[part].tolist(), flat_values[part].tolist(), strict=True):
            add((vertex,), value, "ADD")
    if active >= 0:
        mesh_object.vertex_groups.active_index = active


def add_modifier(obj, armature):
    """Add an Armature modifier behind those of the analysed shape; returns it."""
    place = modifiers.place_for_armature(obj)
    modifier = obj.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    modifier.use_vertex_groups, modifier.use_bone_envelopes = True, False
    obj.modifiers.move(len(obj.modifiers) - 1, place)
    return modifier


def name_modifier(modifier):
    """Give an Armature modifier the name that Blender gives the first one, where it is free."""
    if "Armature" not in modifier.id_data.modifiers:
        modifier.name = "Armature"


def set_parent(obj, parent):
    """Give an object another parent, or None; it stays where it is, and its own transform as it was."""
    world, basis = obj.matrix_world.copy(), obj.matrix_basis.copy()
    before = world @ basis.inverted_safe() if obj.parent is not None else Matrix()
    obj.parent, obj.parent_type, obj.parent_bone = parent, "OBJECT", ""
    if parent is None:
        obj.matrix_world = world
    else:
        obj.matrix_parent_inverse = parent.matrix_world.inverted_safe() @ before
