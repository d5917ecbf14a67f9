"""A mesh that is bound to an artist's armature: shared by the tests of keys on own bones."""

import bpy
import known_motion
import numpy as np
from mathutils import Vector
from own_mesh import base, creature, select, world

BONES = {  # name: (head, tail, parent, connected, deforms)
    "root": ((0, 0.3, 0), (0, 0.8, 0), None, False, False),
    "spine": ((0, 0.5, 1.0), (0, -0.4, 1.1), "root", False, True),
    "neck": ((0, -0.4, 1.1), (0, -0.7, 1.4), "spine", True, True),
    "MCH-hip": ((0, 0.4, 1.0), (0, 0.4, 1.2), "spine", False, False),
    "leg.L": ((0.2, 0.5, 0.9), (0.2, 0.45, 0.1), "MCH-hip", False, True),
    "leg.R": ((-0.2, 0.5, 0.9), (-0.2, 0.55, 0.1), "MCH-hip", False, True),
    "foot_ik.L": ((0.2, 0.45, 0.1), (0.2, 0.2, 0.1), "root", False, False),
}
SENT = ["spine", "neck", "leg.L", "leg.R"]


def bound_mesh():
    """The creature of `own_mesh` bound to an armature, alone in the file: (mesh, armature)."""
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    beast = creature()
    return beast, rigged(beast)


def rigged(beast, location=(0.0, 0.0, 0.0), angle=0.0, scale=1.0):
    """Bind a mesh to a new armature of the artist's with weights that fall off with the distance."""
    rig = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.collection.objects.link(rig)
    rig.location, rig.rotation_euler.z, rig.scale = location, angle, (scale,) * 3
    select(rig)
    inverse = rig.matrix_world.inverted()
    bpy.ops.object.mode_set(mode="EDIT")
    for name, (head, tail, parent, connected, deforms) in BONES.items():
        bone = rig.data.edit_bones.new(name)
        bone.head, bone.tail = inverse @ Vector(head), inverse @ Vector(tail)
        bone.roll = 0.2 * len(name)
        bone.use_deform = deforms
        if parent:
            bone.parent, bone.use_connect = rig.data.edit_bones[parent], connected
    bpy.ops.object.mode_set(mode="OBJECT")
    points = world(beast, base(beast))
    for name in SENT:
        group = beast.vertex_groups.new(name=name)
        for i, value in enumerate(weights(points)[:, SENT.index(name)]):
            if value > 0:
                group.add((i,), float(value), "REPLACE")
    beast.vertex_groups.new(name="hair").add((0,), 1.0, "REPLACE")
    beast.modifiers.new("Armature", "ARMATURE").object = rig
    select(beast)
    return rig


def weights(points):
    """Weights (V, 4) of points on SENT."""
    joints, values = known_motion.weights(points)
    return np.take_along_axis(values, np.argsort(joints, axis=1), axis=1).astype(float)


def disconnect(rig, name):
    """Let a bone leave its parent's end."""
    active = bpy.context.view_layer.objects.active
    select(rig)
    bpy.ops.object.mode_set(mode="EDIT")
    rig.data.edit_bones[name].use_connect = False
    bpy.ops.object.mode_set(mode="OBJECT")
    select(active)
