"""Cancel the job at work."""

import bpy

from .. import runtime


class ZOETROPE_OT_cancel(bpy.types.Operator):
    """Stop generating; nothing is added to the scene"""

    bl_idname = "zoetrope.cancel"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, _context):
        """Only while a job is at work."""
        return runtime.get().session.running()

    def execute(self, _context):
        """Cancel; the operator that runs the job reports the end."""
        runtime.get().session.cancel()
        return {"FINISHED"}
