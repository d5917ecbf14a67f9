"""Cancel setting up the backend."""

import bpy

from .. import runtime


class ZOETROPE_OT_cancel_setup(bpy.types.Operator):
    """Stop setting up; what was there before is kept"""

    bl_idname = "zoetrope.cancel_setup"
    bl_label = "Cancel"

    def execute(self, _context):
        """End the running step; the operator that runs the setup reports the end."""
        if runtime.get().setup is not None:
            runtime.get().setup.cancel()
        return {"FINISHED"}
