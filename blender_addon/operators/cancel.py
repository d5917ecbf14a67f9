"""Cancel the running job."""

import bpy

from ..client import session


class ZOETROPE_OT_cancel(bpy.types.Operator):
    """Stop generating; nothing is added to the scene"""

    bl_idname = "zoetrope.cancel"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, _context):
        """Only while a job runs."""
        return session.running()

    def execute(self, _context):
        """The running operator sees the end and cleans up."""
        session.job.cancel()
        return {"FINISHED"}


CLASSES = (ZOETROPE_OT_cancel,)
