"""What tests of textured creatures share: the recorded one, bytes of images, painting written plainly."""

import bpy
import known_creature
import numpy as np

from blender_addon.scene import creatures

with np.load(known_creature.TEXTURED) as data:
    RECORDED = {name: data[name] for name in data.files}
PALETTE = RECORDED["palette"]


def generate(**settings):
    """Generate with settings of the panel; returns the mesh object."""
    for name, value in settings.items():
        setattr(bpy.context.scene.zoetrope, name, value)
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    return creatures.creature_of(bpy.context.object)


def image_of(obj, name):
    """The image "Base Color", "Normal" or "Regions" of a creature."""
    paint = obj.data.zoetrope_paint
    if name == "Regions":
        return paint.regions
    shader = obj.data.materials[0].node_tree.nodes["Principled BSDF"]
    socket = shader.inputs["Base Color" if name == "Base Color" else "Normal"]
    node = socket.links[0].from_node
    if name == "Normal":
        node = node.inputs["Color"].links[0].from_node
    return node.image


def images():
    """All images but those that are Blender's own."""
    return [image for image in bpy.data.images if image.source == "FILE"]


def pixels_of(image):
    """Pixels (H, W, 4) uint8 of an image, the lower row first."""
    values = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(values)
    return np.rint(255 * values).astype(np.uint8).reshape(image.size[1], image.size[0], 4)


def painted(regions, palette):
    """Colours (..., 3) uint8 of regions (..., 3) uint8 in a palette, as the backend paints them."""
    share = regions[..., 2:].astype(np.float32) / 255
    colours = np.asarray(palette, np.float32)
    mixed = share * colours[regions[..., 0]] + (1 - share) * colours[regions[..., 1]]
    return np.round(255 * mixed).astype(np.uint8)


def vertex_colours(mesh):
    """Vertex colours (V, 3) uint8, sRGB."""
    rgba = np.empty(4 * len(mesh.vertices), np.float32)
    mesh.color_attributes["Colour"].data.foreach_get("color_srgb", rgba)
    return np.rint(255 * rgba).astype(np.uint8).reshape(-1, 4)[:, :3]


def uvs_of(mesh):
    """Texture coordinates (L, 2) of a mesh's corners."""
    uvs = np.empty(2 * len(mesh.loops), np.float32)
    mesh.uv_layers.active.uv.foreach_get("vector", uvs)
    return uvs.reshape(-1, 2)


def swatch(obj, name):
    """A swatch of a creature by its name."""
    return next(s for s in obj.data.zoetrope_paint.swatches if s.name == name)


def palette_of(obj):
    """The swatches' colours (K, 3) float32."""
    return np.array([s.colour for s in obj.data.zoetrope_paint.swatches], np.float32)


def save_and_load(path):
    """Save the file, open it again, and return its one creature."""
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    (obj,) = (obj for obj in bpy.data.objects if creatures.is_creature(obj))
    return obj
