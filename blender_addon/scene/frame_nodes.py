"""A Geometry Nodes group that shows one frame of a mesh that holds them all.

Blender alone plays, renders and exports it: neither the add-on nor a handler is needed.
"""

import math

import bpy

from ..core.timeline import MAX_FRAME

NAME = "Mesh Frames"
FRAME = "frame"
"""Integer attribute of the faces: the frame that each belongs to, from 0."""
START, STEP, COUNT, LOOP = "Start Frame", "Frame Step", "Frames", "Loop"
"""Inputs: the timeline frame of the first one, timeline frames from one to the next, how many, and whether
they repeat."""
INPUTS = {START, STEP, COUNT, LOOP}
LATE = 1e-3
"""Of a step: a frame that falls on a timeline frame is shown there in spite of rounding."""


def node_group():
    """The group; made where the file has none."""
    for found in bpy.data.node_groups:
        if found.name.startswith(NAME) and found.bl_idname == "GeometryNodeTree" and _inputs(found) >= INPUTS:
            return found
    group = bpy.data.node_groups.new(NAME, "GeometryNodeTree")
    group.is_modifier = True
    _make_interface(group)
    _make_nodes(group)
    return group


def set_input(modifier, name, value):
    """Set an input of a modifier with the group, by its name."""
    socket, inputs = _socket(modifier, name)
    if inputs is None:  # before 5.2
        modifier[socket.identifier] = value
    else:
        getattr(inputs, socket.identifier).value = value


def get_input(modifier, name):
    """The value of an input of a modifier with the group, by its name."""
    socket, inputs = _socket(modifier, name)
    if inputs is None:
        return modifier.get(socket.identifier, socket.default_value)
    return getattr(inputs, socket.identifier).value


def modifier_of(obj):
    """An object's modifier with the group, or None."""
    nodes = (modifier for modifier in obj.modifiers if modifier.type == "NODES")
    return next((m for m in nodes if m.node_group is not None and _inputs(m.node_group) >= INPUTS), None)


def shown_range(modifier):
    """First and last timeline frame on which a modifier with the group shows its meshes once."""
    start, step, count = (get_input(modifier, name) for name in (START, STEP, COUNT))
    first = max(math.floor(start), math.ceil(start - LATE * step))  # a loop shows its last mesh before
    return first, max(first, min(MAX_FRAME, math.ceil(start + (count - LATE) * step) - 1))


def _socket(modifier, name):
    tree = modifier.node_group.interface.items_tree
    (socket,) = (i for i in tree if getattr(i, "in_out", "") == "INPUT" and i.name == name)
    return socket, getattr(getattr(modifier, "properties", None), "inputs", None)


def _inputs(group):
    return {item.name for item in group.interface.items_tree if getattr(item, "in_out", "") == "INPUT"}


def _make_interface(group):
    def socket(name, kind, in_out="INPUT", default=None, description="", low=None):
        made = group.interface.new_socket(name, in_out=in_out, socket_type=kind, description=description)
        if low is not None:
            made.min_value = low
        if default is not None:
            made.default_value = default

    socket("Geometry", "NodeSocketGeometry")
    socket(START, "NodeSocketFloat", default=1.0, description="Frame of the timeline on which it begins")
    socket(
        STEP,
        "NodeSocketFloat",
        default=1.0,
        description="Frames of the timeline that each mesh is shown",
        low=1e-3,
    )
    socket(COUNT, "NodeSocketInt", default=1, description="Number of meshes", low=1)
    socket(LOOP, "NodeSocketBool", default=True, description="Begin again after the last mesh")
    socket("Geometry", "NodeSocketGeometry", "OUTPUT")


def _make_nodes(group):
    """index = floor((frame - start) / step), repeated or held at both ends; faces of other frames go."""
    nodes, links = group.nodes, group.links
    column = iter(range(-900, 2000, 180))

    def node(kind, **values):
        made = nodes.new(kind)
        made.location = (next(column), 0)
        for name, value in values.items():
            setattr(made, name, value)
        return made

    def math(operation, *inputs):
        made = node("ShaderNodeMath", operation=operation)
        for socket, value in zip(made.inputs, inputs, strict=False):
            if isinstance(value, float):
                socket.default_value = value
            else:
                links.new(value, socket)
        return made.outputs[0]

    given, time = node("NodeGroupInput"), node("GeometryNodeInputSceneTime")
    passed = math("SUBTRACT", time.outputs["Frame"], given.outputs[START])
    position = math("FLOOR", math("ADD", math("DIVIDE", passed, given.outputs[STEP]), LATE))
    count = given.outputs[COUNT]
    repeated = math("FLOORED_MODULO", position, count)
    held = math("MAXIMUM", math("MINIMUM", position, math("SUBTRACT", count, 1.0)), 0.0)
    chosen = node("GeometryNodeSwitch", input_type="FLOAT")
    links.new(given.outputs[LOOP], chosen.inputs["Switch"])
    links.new(held, chosen.inputs["False"])
    links.new(repeated, chosen.inputs["True"])
    attribute = node("GeometryNodeInputNamedAttribute", data_type="INT")
    attribute.inputs["Name"].default_value = FRAME
    other = math("COMPARE", attribute.outputs["Attribute"], chosen.outputs["Output"], 0.5)
    delete = node("GeometryNodeDeleteGeometry", domain="FACE", mode="ALL")
    links.new(given.outputs["Geometry"], delete.inputs["Geometry"])
    links.new(math("LESS_THAN", other, 0.5), delete.inputs["Selection"])
    result = node("NodeGroupOutput")
    links.new(delete.outputs["Geometry"], result.inputs["Geometry"])
