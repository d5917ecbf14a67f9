"""Set the next lower detail: the remedy where memory did not suffice."""

import bpy

from .. import runtime
from ..core.request import lower_detail


class ZOETROPE_OT_lower_detail(bpy.types.Operator):
    """Set the next lower detail, which needs less memory"""

    bl_idname = "zoetrope.lower_detail"
    bl_label = "Lower the Detail"
    bl_options = {"UNDO", "INTERNAL"}

    @classmethod
    def poll(cls, context):
        """Not below the lowest."""
        if lower_detail(int(context.scene.zoetrope.detail)) is None:
            cls.poll_message_set("This is the lowest detail")
            return False
        return True

    def execute(self, context):
        """Set it and clear the error that it mends."""
        settings = context.scene.zoetrope
        settings.detail = str(lower_detail(int(settings.detail)))
        runtime.get().session.error = None
        return {"FINISHED"}
