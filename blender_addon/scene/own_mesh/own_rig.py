"""The armature that the artist's mesh is bound to already: its bones and their weights."""

import itertools

import numpy as np

from ...core.own_mesh.mesh_input import Rig, bad_mesh, placed
from ..rig.modifiers import armature_modifiers

NEW = "Choose Rig: New."
SAME_PLACE, SAME_AXIS = 1e-5, 1e-3
"""Bones differ by less where Edit Mode was entered and left: as a share of the skeleton's longest side, and
of an axis of length 1."""


def armature_of(objects, view_layer):
    """The one armature that objects are bound to, or None.

    GenerationError "bad_mesh" for several, and for one that cannot be keyed in a view layer.
    """
    found = {armature for obj in objects for armature in _bound_to(obj)}
    if len(found) > 1:
        names = " and ".join(sorted(armature.name for armature in found))
        raise bad_mesh(
            f"The selection is bound to {names}.", f"Select what is bound to one of them. Or: {NEW}"
        )
    armature = next(iter(found), None)
    if armature is not None:
        _check(armature, view_layer)
    return armature


def weights_of(obj, shaped, armature, start):
    """Weights of an object's vertices on an armature's bones: lists (vertices, bone names, values).

    Parameters
    ----------
    obj : Object
        The artist's.
    shaped : Object
        The same, or an evaluated copy with more vertices, whose deform groups are read.
    start : int
        Its first vertex in the sent mesh.
    """
    if obj.parent == armature and obj.parent_type == "BONE":
        count = len(shaped.data.vertices)
        return list(range(start, start + count)), [obj.parent_bone] * count, [1.0] * count
    bones = armature.data.bones
    if not any(m.object == armature and m.use_vertex_groups for m in armature_modifiers(obj)):
        return [], [], []
    names = {
        group.index: group.name
        for group in shaped.vertex_groups
        if group.name in bones and bones[group.name].use_deform
    }
    vertices, of_bones, values = [], [], []
    for vertex in shaped.data.vertices:
        for element in vertex.groups:
            if element.weight > 0.0 and element.group in names:
                vertices.append(start + vertex.index)
                of_bones.append(names[element.group])
                values.append(element.weight)
    return vertices, of_bones, values


def rig_of(armature, weights, origin, unit):
    """The `Rig` of an armature in its rest pose; GenerationError "bad_mesh" where nothing has weights.

    Parameters
    ----------
    weights : list
        What `weights_of` returned for each object.
    origin : (3,) float64
        Of the sent mesh, in metres.
    unit : float
        Metres in one Blender unit.
    """
    vertices, names, values = (
        list(itertools.chain.from_iterable(lists)) for lists in zip(*weights, strict=True)
    )
    if not vertices:
        raise bad_mesh(
            f"No selected mesh has weights on the bones of {armature.name}.",
            f"Bind it by Object > Parent > With Automatic Weights. Or: {NEW}",
        )
    _leave_nothing_in_edit_mode(armature)
    weighted = set(names)
    bones = [bone for bone in _parents_first(armature.data.bones) if bone.name in weighted]
    index = {bone.name: i for i, bone in enumerate(bones)}
    return Rig(
        [bone.name for bone in bones],
        *_rest(armature, bones, origin, unit),
        np.array(vertices, dtype=np.int32),
        np.array([index[name] for name in names], dtype=np.int32),
        np.array(values, dtype=np.float32),
    )


def unchanged(armature, rig, origin, unit):
    """Whether the bones of a `Rig` still rest where they did; the other parameters as of `rig_of`."""
    _leave_nothing_in_edit_mode(armature)
    found = armature.data.bones
    if not all(name in found for name in rig.names):
        return False
    heads, tails, z_axes, parents = _rest(armature, [found[name] for name in rig.names], origin, unit)
    place = SAME_PLACE * float(np.ptp(np.concatenate([rig.heads, rig.tails]), axis=0).max())
    return (
        np.array_equal(parents, rig.parents)
        and np.allclose(heads, rig.heads, rtol=0, atol=place)
        and np.allclose(tails, rig.tails, rtol=0, atol=place)
        and np.allclose(z_axes, rig.z_axes, rtol=0, atol=SAME_AXIS)
    )


def listed(names, most=6):
    """Names as the end of a sentence; of many only the first ones, and how many there are."""
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _bound_to(obj):
    found = [modifier.object for modifier in armature_modifiers(obj)]
    if obj.parent is not None and obj.parent.type == "ARMATURE" and obj.parent_type == "BONE":
        found.append(obj.parent)
    return found


def _check(armature, view_layer):
    if armature not in view_layer.objects[:]:
        raise bad_mesh(
            f"{armature.name} is not in this view layer.",
            f"Link it to the scene, or tick its collection in the Outliner. Or: {NEW}",
        )
    if not armature.is_editable:
        raise bad_mesh(
            f"{armature.name} is linked from another file.",
            f"Use Object > Library Override > Make, which lets you animate it. Or: {NEW}",
        )
    axes = np.array(armature.matrix_world, dtype=np.float64)[:3, :3]
    scales = np.linalg.norm(axes, axis=0)
    if scales.min() < 1e-9 or np.ptp(scales) > 1e-4 * scales.max() or np.linalg.det(axes) < 0.0:
        raise bad_mesh(
            f"{armature.name} is mirrored, or its scale is not the same along all axes.",
            f"Apply it by Object > Apply > Scale, with its mesh. Or: {NEW}",
        )


def _leave_nothing_in_edit_mode(armature):
    """Bring what was edited into `Armature.bones`, which else changes when Edit Mode is left."""
    if armature.mode == "EDIT":
        armature.update_from_editmode()


def _rest(armature, bones, origin, unit):
    """Rest pose of some bones: the `heads`, `tails`, `z_axes` and `parents` of `Rig`."""
    matrix = np.array(armature.matrix_world, dtype=np.float64)
    index = {bone.name: i for i, bone in enumerate(bones)}

    def in_world(points):
        return (placed(points, matrix) * unit - origin).astype(np.float32)

    z_axes = np.array([bone.matrix_local.col[2][:3] for bone in bones]) @ matrix[:3, :3].T
    return (
        in_world([bone.head_local for bone in bones]),
        in_world([bone.tail_local for bone in bones]),
        (z_axes / np.linalg.norm(z_axes, axis=1, keepdims=True)).astype(np.float32),
        np.array([_sent_parent(bone, index) for bone in bones], dtype=np.int32),
    )


def _parents_first(bones):
    def below(bone):
        yield bone
        for child in bone.children:
            yield from below(child)

    for bone in bones:
        if bone.parent is None:
            yield from below(bone)


def _sent_parent(bone, index):
    """Index of the nearest ancestor that is sent, or -1."""
    parent = bone.parent
    while parent is not None and parent.name not in index:
        parent = parent.parent
    return -1 if parent is None else index[parent.name]
