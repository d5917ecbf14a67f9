"""The material of a generated creature."""

import bpy
import numpy as np

from .creatures import PROPERTY
from .meshes import COLOURS


def new_material(name, colours):
    """A Principled material that shows the vertex colours; returns it.

    colours: (V, 3) float, sRGB, 0 to 1. Solid shading has one colour a material: their mean.
    """
    material = bpy.data.materials.new(name)
    material[PROPERTY] = True
    if material.node_tree is None:  # from 5.0 on every material has one, and setting this is deprecated
        material.use_nodes = True
    tree = material.node_tree
    material.diffuse_color = (*_linear(colours.mean(axis=0)), 1.0)
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Roughness"].default_value = 0.8
    colour = tree.nodes.new("ShaderNodeVertexColor")
    colour.layer_name = COLOURS
    colour.location = (shader.location.x - 220, shader.location.y)
    tree.links.new(colour.outputs["Color"], shader.inputs["Base Color"])
    return material


def _linear(srgb):
    """Blender's linear colour of an sRGB one (3,), as IEC 61966-2-1 defines it."""
    srgb = np.clip(srgb, 0.0, 1.0)
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).tolist()
