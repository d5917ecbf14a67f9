"""An Armature object from arrays of joints."""

import contextlib

import bpy
import numpy as np
from mathutils import Vector

from ...core.errors import GenerationError
from ...core.rig import joint_names
from .. import placement

MIN_LENGTH = 1e-4
"""Length of the shortest bone, as a share of the skeleton's longest side; Blender removes those of none."""
MIN_UNITS = 2e-6
"""Length of the shortest bone in Blender units; Blender removes those of 1e-6 and below."""
MIN_SIDE = 20 * MIN_UNITS
"""Longest side of the smallest skeleton in Blender units."""


def new_armature(name):
    """A new Armature object without bones, linked nowhere."""
    data = bpy.data.armatures.new(name)
    data.display_type = "OCTAHEDRAL"
    obj = bpy.data.objects.new(name, data)
    obj.show_in_front = True
    return obj


def add_armature(context, name, result, names, beside, origin, unit):
    """A new armature with the joints of a result, linked where another object is; returns it.

    Parameters
    ----------
    result : AnimationFile
        With joints, in metres from `origin` and in world axes.
    names : list of str
        Of its bones.
    beside : Object
    origin : (3,) float
        In metres.
    unit : float
        Metres in one Blender unit.
    """
    rig = new_armature(name)
    rig.location = origin / unit
    placement.link_beside(context, rig, beside)
    context.view_layer.update()  # or its world matrix is not where it is
    add_bones(context, rig, names, result.parents, result.heads / unit, result.tails / unit, result.z_axes)
    return rig


def add_bones(context, obj, names, parents, heads, tails, z_axes):
    """Add bones to an armature without any; modes, selection and active object stay.

    Bones can only be added in Edit Mode: the armature enters it in a scene of its own.

    Parameters
    ----------
    names : list of str
    parents : (J,) int
        -1 for a root; parents come first.
    heads, tails, z_axes : (J, 3) float
        In the object's space; z_axes: directions of the bones' local Z.

    Raises
    ------
    GenerationError
        Blender has no bones that are so short.
    """
    tails = _with_length(heads, tails)
    with _edit_mode(context, obj):
        mirrored, obj.data.use_mirror_x = obj.data.use_mirror_x, False
        bones = []
        for i, name in enumerate(names):
            bone = obj.data.edit_bones.new(name)
            bone.head, bone.tail = Vector(heads[i].tolist()), Vector(tails[i].tolist())
            bone.align_roll(Vector(z_axes[i].tolist()))
            if parents[i] >= 0:
                bone.parent = bones[parents[i]]
            bones.append(bone)
        obj.data.use_mirror_x = mirrored
    _collect(obj.data, names)
    obj.data.bones[names[0]].use_deform = False
    for bone in obj.pose.bones:
        bone.rotation_mode = "QUATERNION"


@contextlib.contextmanager
def _edit_mode(context, obj):
    scene = bpy.data.scenes.new(obj.name)
    try:
        scene.collection.objects.link(obj)
        layer = scene.view_layers[0]
        layer.objects.active = obj
        with context.temp_override(scene=scene, view_layer=layer, active_object=obj, object=obj):
            bpy.ops.object.mode_set(mode="EDIT")
            try:
                yield
            finally:
                bpy.ops.object.mode_set(mode="OBJECT")
    finally:
        bpy.data.scenes.remove(scene)


def _with_length(heads, tails):
    heads, tails = np.asarray(heads, np.float64), np.array(tails, np.float64)
    side = float(np.ptp(np.concatenate([heads, tails]), axis=0).max())
    if side < MIN_SIDE:
        raise GenerationError(
            "bad_option",
            f"The skeleton is {side:.1g} Blender units long, too short for bones in Blender.",
            "Set a smaller Unit Scale (Scene properties, Units), or Output: Shape Keys.",
        )
    limit = max(MIN_LENGTH * side, MIN_UNITS)
    lengths = np.linalg.norm(tails - heads, axis=1)
    short = lengths < limit
    direction = np.where(lengths[:, None] > 1e-12, tails - heads, [0.0, 0.0, 1.0])
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    tails[short] = heads[short] + limit * direction[short]
    return tails


def _collect(data, names):
    """Put bones into collections by their names, in the order of `joint_names.COLLECTIONS`."""
    titles = {name: joint_names.collection_of(name) for name in names}
    order = [title for title, _ in joint_names.COLLECTIONS] + [joint_names.OTHER]
    for title in order:
        if title in titles.values():
            collection = data.collections.new(title)
            for name in names:
                if titles[name] == title:
                    collection.assign(data.bones[name])
