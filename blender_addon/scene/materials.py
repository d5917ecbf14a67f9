"""The material of a generated creature."""

import bpy

from .meshes import COLOURS


def new_material(name):
    """A Principled material that shows the vertex colours."""
    material = bpy.data.materials.new(name)
    if material.node_tree is None:  # from 5.0 on every material has one, and setting this is deprecated
        material.use_nodes = True
    tree = material.node_tree
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Roughness"].default_value = 0.8
    colour = tree.nodes.new("ShaderNodeVertexColor")
    colour.layer_name = COLOURS
    colour.location = (shader.location.x - 220, shader.location.y)
    tree.links.new(colour.outputs["Color"], shader.inputs["Base Color"])
    return material
