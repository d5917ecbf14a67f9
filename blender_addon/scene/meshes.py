"""Arrays to a mesh."""

import bpy
import numpy as np

COLOURS = "Colour"
"""Name of the color attribute."""


def new_mesh(name, vertices, faces, colours):
    """A smooth-shaded mesh with vertex colours; returns it.

    vertices: (V, 3) float32, metres; faces: (F, 3) int32; colours: (V, 3) float32, sRGB, 0 to 1.
    """
    mesh = bpy.data.meshes.new(name)
    count = len(faces)
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", np.ascontiguousarray(vertices, dtype=np.float32).ravel())
    mesh.loops.add(3 * count)
    mesh.loops.foreach_set("vertex_index", np.ascontiguousarray(faces, dtype=np.int32).ravel())
    mesh.polygons.add(count)
    mesh.polygons.foreach_set("loop_start", np.arange(0, 3 * count, 3, dtype=np.int32))
    mesh.update(calc_edges=True)
    mesh.validate()
    mesh.polygons.foreach_set("use_smooth", np.ones(len(mesh.polygons), dtype=bool))
    attribute = mesh.color_attributes.new(COLOURS, "BYTE_COLOR", "POINT")
    rgba = np.ones((len(vertices), 4), dtype=np.float32)
    rgba[:, :3] = colours
    attribute.data.foreach_set("color_srgb", rgba.ravel())
    mesh.color_attributes.active_color = attribute
    mesh.color_attributes.render_color_index = mesh.color_attributes.active_color_index
    mesh.update()
    return mesh
