"""Meshes of an artist, and what their animation must look like: shared by the tests of Animate Selected."""

import json

import bpy
import known_motion
import numpy as np

TICKED = ("walk", "idle", "attack")


def creature(name="Beast", location=(0.0, 0.0, 0.0)):
    """A body on four box legs, one object with UVs, colours and a material; selected and active."""
    boxes = [((0, 0, 1.0), (0.5, 1.2, 0.4)), ((0, -0.8, 1.4), (0.3, 0.4, 0.3))]
    boxes += [((x, y, 0.4), (0.12, 0.12, 0.8)) for x in (-0.2, 0.2) for y in (-0.5, 0.5)]
    corners = np.array([(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    vertices, faces = [], []
    for middle, size in boxes:
        faces += [tuple(i + len(vertices) for i in quad) for quad in quads]
        vertices += (np.array(middle) + corners * size).tolist()
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices, [], faces)
    mesh.uv_layers.new(name="UV")
    mesh.uv_layers[0].data.foreach_set("uv", np.linspace(0, 1, 2 * len(mesh.loops), dtype=np.float32))
    colours = mesh.color_attributes.new("Paint", "BYTE_COLOR", "CORNER")
    colours.data.foreach_set("color_srgb", np.linspace(0, 1, 4 * len(mesh.loops), dtype=np.float32))
    mesh.materials.append(bpy.data.materials.new("Fur"))
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(obj)
    obj.location = location
    select(obj)
    return obj


def select(*objects):
    """Select objects alone, the first one active."""
    bpy.context.view_layer.update()
    for other in bpy.context.view_layer.objects:
        other.select_set(other in objects)
    bpy.context.view_layer.objects.active = objects[0]
    bpy.context.view_layer.update()


def animate(**settings):
    """Press the button with settings; returns the active object."""
    choose(**settings)
    assert bpy.ops.zoetrope.animate() == {"FINISHED"}
    return bpy.context.object


def choose(**settings):
    """Set fields of the panel."""
    for name, value in {"actions": set(TICKED), **settings}.items():
        setattr(bpy.context.scene.zoetrope.animate, name, value)


def base(obj):
    """Vertices (V, 3) of an object's mesh as they are stored."""
    out = np.empty(3 * len(obj.data.vertices), np.float32)
    obj.data.vertices.foreach_get("co", out)
    return out.reshape(-1, 3)


def world(obj, points):
    """Points of an object's space in world space, float64."""
    matrix = np.array(obj.matrix_world, dtype=float)
    return np.asarray(points, float) @ matrix[:3, :3].T + matrix[:3, 3]


def at(obj, frame, subframe=0.0):
    """Evaluated vertices (V, 3) of an object at a frame, in world space."""
    bpy.context.scene.frame_set(frame, subframe=subframe)
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    out = np.empty(3 * len(evaluated.data.vertices), np.float32)
    evaluated.data.vertices.foreach_get("co", out)
    return world(evaluated, out.reshape(-1, 3))


def expected(points, action, unit=1.0):
    """The known motion of points (V, 3) in world space and Blender units: (T, V, 3)."""
    points = points * unit
    heads, _, _ = known_motion.joints(points)
    rotations, translation = known_motion.motion(action, 5, float(np.ptp(points, axis=0).max()))
    moved = known_motion.places(heads, known_motion.PARENTS, rotations, translation)
    joints, values = known_motion.weights(points)
    return known_motion.skinned(points, heads, joints, values.astype(float), rotations, moved) / unit


def fingerprint(obj):
    """All bytes of an object's mesh that must not change, and its material slots."""
    mesh = obj.data
    content = {"materials": [m and m.name for m in mesh.materials], "slots": len(obj.material_slots)}
    for attribute in mesh.attributes:
        field = {"FLOAT_VECTOR": ("vector", 3), "FLOAT2": ("vector", 2), "BYTE_COLOR": ("color", 4)}
        field |= {"INT": ("value", 1), "BOOLEAN": ("value", 1), "FLOAT": ("value", 1), "INT8": ("value", 1)}
        field |= {"INT32_2D": ("value", 2), "INT16_2D": ("value", 2), "FLOAT_COLOR": ("color", 4)}
        name, width = field[attribute.data_type]
        kind = np.float32 if attribute.data_type[:5] in ("FLOAT", "BYTE_") else np.int32
        kind = bool if attribute.data_type == "BOOLEAN" else kind
        values = np.empty(width * len(attribute.data), kind)
        attribute.data.foreach_get(name, values)
        content[f"{attribute.name} {attribute.domain} {attribute.data_type}"] = values.tobytes()
    for name, collection, width in (
        ("vertex normals", mesh.vertex_normals, 3),
        ("corner normals", mesh.corner_normals, 3),
    ):
        values = np.empty(width * len(collection), np.float32)
        collection.foreach_get("vector", values)
        content[name] = values.tobytes()
    return content


def notes(block):
    """The notes that were stored with an animation."""
    return json.loads(block["zoetrope"])["notes"]
