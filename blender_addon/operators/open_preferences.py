"""Open the add-on's preferences."""

import bpy

from .. import runtime


class ZOETROPE_OT_open_preferences(bpy.types.Operator):
    """Open the preferences of Zoetrope"""

    bl_idname = "zoetrope.open_preferences"
    bl_label = "Set Up Backend"

    def execute(self, _context):
        """Show the add-on's entry."""
        bpy.ops.preferences.addon_show(module=runtime.PACKAGE)
        return {"FINISHED"}
