"""Binding the artist's objects to an armature, as Blender's own With Automatic Weights does."""

import numpy as np
from mathutils import Matrix

from ...core.own_mesh.mesh_input import bad_mesh
from . import modifiers

SMALLEST = 1e-5
"""Weights below it are left out."""
DIFFERENT = 0.02
"""Largest difference of weights between objects that share a mesh."""


def weights_by_mesh(objects, intake, joints, values):
    """Weights of each mesh's own vertices: mesh -> (joints (N, 4), values (N, 4)).

    Objects that share one mesh share its weights; GenerationError "bad_mesh" where they move differently.

    Parameters
    ----------
    objects : list of Object
        In the intake's order.
    joints, values : (V, 4)
        Of the sent mesh.
    """
    found, first = {}, {}
    for obj, taken in zip(objects, intake.objects, strict=True):
        own = joints[taken.nearest], values[taken.nearest]
        if obj.data not in found:
            found[obj.data], first[obj.data] = own, obj
        elif _difference(found[obj.data], own) > DIFFERENT:
            raise bad_mesh(
                f"{first[obj.data].name} and {obj.name} share one mesh, and move differently.",
                "Use Object > Relations > Make Single User > Object & Data.",
            )
    return found


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
    kept = flat_values > SMALLEST
    flat_joints, flat_values, vertices = flat_joints[kept], flat_values[kept], vertices[kept]
    order = np.argsort(flat_joints, kind="stable")
    bounds = np.searchsorted(flat_joints[order], np.arange(len(names) + 1))
    for i, name in enumerate(names):
        some = order[bounds[i] : bounds[i + 1]]
        if not len(some):
            continue
        group = mesh_object.vertex_groups.new(name=name)
        whole = flat_values[some] > 1.0 - SMALLEST
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


def _difference(a, b):
    """Largest difference of two sets of weights (joints (N, 4), values (N, 4)) for any joint."""
    count = int(max(a[0].max(), b[0].max())) + 1
    worst = 0.0
    for start in range(0, len(a[0]), 4096):
        some = slice(start, start + 4096)
        tables = []
        for joints, values in (a, b):
            table = np.zeros((len(joints[some]), count))
            np.add.at(table, (np.arange(len(table))[:, None], joints[some]), values[some])
            tables.append(table)
        worst = max(worst, float(np.abs(tables[0] - tables[1]).max()))
    return worst
