"""The material of a generated creature."""

import bpy
import numpy as np

from ..creatures import PROPERTY
from ..meshes import COLOURS
from . import textures


def new_material(name, colours, base_colour=None, normal_map=None):
    """A Principled material that shows textures, or the vertex colours without any; returns it.

    Parameters
    ----------
    name : str
    colours : (V, 3) float
        sRGB, 0 to 1. Solid shading has one colour a material: their mean.
    base_colour, normal_map : Image or None
    """
    material = bpy.data.materials.new(name)
    material[PROPERTY] = True
    if material.node_tree is None:  # from 5.0 on every material has one, and setting this is deprecated
        material.use_nodes = True
    tree = material.node_tree
    material.diffuse_color = viewport_colour(colours)
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Roughness"].default_value = 0.8
    if base_colour is None:
        node = _node(tree, "ShaderNodeVertexColor", shader, -220, 0)
        node.layer_name = COLOURS
    else:
        node = _image_node(tree, base_colour, shader, -340, 0)
    tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    if normal_map is not None:
        bumps = _node(tree, "ShaderNodeNormalMap", shader, -220, -340)
        image = _image_node(tree, normal_map, bumps, -340, 0)
        tree.links.new(image.outputs["Color"], bumps.inputs["Color"])
        tree.links.new(bumps.outputs["Normal"], shader.inputs["Normal"])
    for other in tree.nodes:
        other.select = other == node
    tree.nodes.active = node  # the image that solid shading shows, and that Texture Paint begins with
    return material


def remove(material):
    """Remove a material of ours, and its images where nothing else uses them."""
    images = textures.of_material(material)
    bpy.data.materials.remove(material)
    textures.remove_unused(images)


def viewport_colour(colours):
    """The linear RGBA of the mean of sRGB colours (N, 3), as IEC 61966-2-1 defines it."""
    srgb = np.clip(colours.mean(axis=0), 0.0, 1.0)
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return (*linear.tolist(), 1.0)


def _node(tree, kind, right, x, y):
    node = tree.nodes.new(kind)
    node.location = (right.location.x + x, right.location.y + y)
    return node


def _image_node(tree, image, right, x, y):
    node = _node(tree, "ShaderNodeTexImage", right, x, y)
    node.image = image
    return node
