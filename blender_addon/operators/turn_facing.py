"""Turn the direction that the mesh is said to face."""

import math

import bpy

from ..core.own_mesh.guess import turned


class ZOETROPE_OT_turn_facing(bpy.types.Operator):
    """Turn the arrow that shows which way the mesh faces"""

    bl_idname = "zoetrope.turn_facing"
    bl_label = "Turn the Arrow"
    bl_options = {"UNDO", "INTERNAL"}

    angle: bpy.props.FloatProperty(subtype="ANGLE", default=math.pi / 2, description="By how much")

    def execute(self, context):
        """Turn it."""
        settings = context.scene.zoetrope.animate
        settings.facing = turned(settings.facing, self.angle)
        return {"FINISHED"}
