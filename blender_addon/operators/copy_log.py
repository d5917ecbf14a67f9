"""Copy the backend's log."""

import bpy

from .. import runtime


class ZOETROPE_OT_copy_log(bpy.types.Operator):
    """Copy the last lines that the backend and its setup wrote"""

    bl_idname = "zoetrope.copy_log"
    bl_label = "Copy Log"

    def execute(self, context):
        """Put the lines on the clipboard."""
        lines = runtime.get().log_lines()
        context.window_manager.clipboard = "\n".join(lines)
        self.report({"INFO"}, f"{len(lines)} lines copied")
        return {"FINISHED"}
