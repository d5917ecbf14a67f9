"""A dial around the selected mesh that turns the arrow of `facing_arrow`."""

import bpy
from mathutils import Matrix

from ..core.own_mesh.arrow import reach
from ..core.own_mesh.guess import turned
from . import facing_arrow


class ZOETROPE_GGT_facing(bpy.types.GizmoGroup):
    """Shown where the arrow is."""

    bl_idname = "ZOETROPE_GGT_facing"
    bl_label = "Facing"
    bl_space_type = "VIEW_3D"
    bl_region_type = "WINDOW"
    bl_options = {"3D", "PERSISTENT"}

    @classmethod
    def poll(cls, context):
        """Whether the arrow is shown."""
        return facing_arrow.box(context) is not None

    def setup(self, _context):
        """Make the dial; its value is the direction that the mesh is said to face."""
        self.dial = self.gizmos.new("GIZMO_GT_dial_3d")
        self.dial.target_set_handler("offset", get=_angle, set=_turn)
        self.dial.use_draw_scale = False  # as large as the arrow, not always the same on the screen
        self.dial.use_draw_modal = True
        self.dial.line_width = 3.0
        self.dial.color, self.dial.alpha = facing_arrow.COLOUR[:3], 0.6
        self.dial.color_highlight, self.dial.alpha_highlight = facing_arrow.COLOUR[:3], 1.0

    def draw_prepare(self, context):
        """Lay the dial on the ground below the mesh, through the arrow's tip."""
        low, high = facing_arrow.box(context)
        middle = (low + high) / 2.0
        place = Matrix.Translation((middle[0], middle[1], low[2]))
        self.dial.matrix_basis = place @ Matrix.Scale(reach(low, high), 4)


def _angle():
    """The dial counts clockwise."""
    return -bpy.context.scene.zoetrope.animate.facing


def _turn(angle):
    bpy.context.scene.zoetrope.animate.facing = turned(0.0, -angle)
