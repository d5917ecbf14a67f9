"""An arrow in the 3D Viewport: the direction that the selected mesh is said to face."""

import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader
from mathutils import Vector

from .. import runtime
from ..core.own_mesh.arrow import arrow_triangles

COLOUR = (1.0, 0.55, 0.1, 0.9)

_handle = None


def attach():
    """Called when the add-on is enabled."""
    global _handle
    if not bpy.app.background:
        _handle = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_VIEW")


def detach():
    """Called when it is disabled."""
    global _handle
    if _handle is not None:
        bpy.types.SpaceView3D.draw_handler_remove(_handle, "WINDOW")
        _handle = None


def box(context):
    """Lowest and highest corner (3,) of the selected meshes in world space; None where no arrow is shown."""
    settings = context.scene.zoetrope
    if settings.tab != "ANIMATE" or context.mode != "OBJECT":
        return None
    if settings.animate.guess_facing and runtime.get().current_guess(context) is None:
        return None
    meshes = [obj for obj in context.selected_objects if obj.type == "MESH"]
    if not meshes:
        return None
    corners = np.array([obj.matrix_world @ Vector(corner) for obj in meshes for corner in obj.bound_box])
    return corners.min(axis=0), corners.max(axis=0)


def triangles(context):
    """Corners (N, 3) of the arrow's triangles in world space, or None where none is shown."""
    found = box(context)
    return None if found is None else arrow_triangles(*found, context.scene.zoetrope.animate.facing)


def _draw():
    context = bpy.context
    if context.space_data is None or not context.space_data.overlay.show_overlays:
        return
    points = triangles(context)
    if points is None:
        return
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    batch = batch_for_shader(shader, "TRIS", {"pos": points.astype(np.float32)})
    gpu.state.depth_test_set("NONE")
    gpu.state.blend_set("ALPHA")
    shader.bind()
    shader.uniform_float("color", COLOUR)
    batch.draw(shader)
    gpu.state.blend_set("NONE")
