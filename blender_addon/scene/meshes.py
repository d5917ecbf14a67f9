"""Arrays to a mesh."""

import bpy
import numpy as np

from ..core.colours import region_paint

COLOURS = "Colour"
"""Name of the color attribute."""
UVS = "UVMap"
"""Name of the UV layer: that which Blender gives a first one."""
REGIONS = "zoetrope_regions"
"""Name of the attribute with the colour regions: `core.colours.region_paint.to_integers`."""


def new_mesh(name, vertices, faces, colours, uvs=None, regions=None):
    """A smooth-shaded mesh with vertex colours; returns it.

    Parameters
    ----------
    name : str
    vertices : (V, 3) float32
        Metres.
    faces : (F, 3) int32
    colours : (V, 3) float32
        sRGB, 0 to 1.
    uvs : (F, 3, 2) float32 or None
    regions : (V, 3) uint8 or None
        See `core.colours.region_paint`.
    """
    mesh = bpy.data.meshes.new(name)
    count = len(faces)
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", np.ascontiguousarray(vertices, dtype=np.float32).ravel())
    mesh.loops.add(3 * count)
    mesh.loops.foreach_set("vertex_index", np.ascontiguousarray(faces, dtype=np.int32).ravel())
    mesh.polygons.add(count)
    mesh.polygons.foreach_set("loop_start", np.arange(0, 3 * count, 3, dtype=np.int32))
    if uvs is not None:  # first: validating may remove faces
        layer = mesh.uv_layers.new(name=UVS)
        layer.uv.foreach_set("vector", np.ascontiguousarray(uvs, dtype=np.float32).ravel())
    mesh.update(calc_edges=True)
    mesh.validate()
    mesh.polygons.foreach_set("use_smooth", np.ones(len(mesh.polygons), dtype=bool))
    attribute = mesh.color_attributes.new(COLOURS, "BYTE_COLOR", "POINT")
    rgba = np.ones((len(vertices), 4), dtype=np.float32)
    rgba[:, :3] = colours
    attribute.data.foreach_set("color_srgb", rgba.ravel())
    mesh.color_attributes.active_color = attribute
    mesh.color_attributes.render_color_index = mesh.color_attributes.active_color_index
    if regions is not None:
        stored = mesh.attributes.new(REGIONS, "INT", "POINT")
        stored.data.foreach_set("value", region_paint.to_integers(regions))
    mesh.update()
    return mesh
