"""Take the next lower detail: the remedy where memory did not suffice."""

import bpy

from ..client import session
from ..properties import DETAILS


class ZOETROPE_OT_lower_detail(bpy.types.Operator):
    """Take the next lower detail"""

    bl_idname = "zoetrope.lower_detail"
    bl_label = "Lower the Detail"
    bl_options = {"UNDO", "INTERNAL"}

    @classmethod
    def poll(cls, context):
        """Not below the lowest."""
        if context.scene.zoetrope.detail == str(DETAILS[0]):
            cls.poll_message_set("This is the lowest detail")
            return False
        return True

    def execute(self, context):
        """Set it; the error it mends is not shown any longer."""
        settings = context.scene.zoetrope
        settings.detail = str(DETAILS[DETAILS.index(int(settings.detail)) - 1])
        session.error = None
        return {"FINISHED"}


CLASSES = (ZOETROPE_OT_lower_detail,)
