"""Turn the preview of the next creature's body on and off."""

import bpy

from ... import runtime
from ..redraw import redraw
from . import preview_timer


class ZOETROPE_OT_preview(bpy.types.Operator):
    """Show the next creature's body at rest while its settings change"""

    bl_idname = "zoetrope.preview"
    bl_label = "Preview"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context):
        """Disabled, with the reason, where no backend can be asked."""
        if not context.scene.is_editable:
            cls.poll_message_set("The scene is linked from another file. Choose a scene of this file")
            return False
        reason = runtime.installation().missing()
        if reason and not runtime.get().preview.on:
            cls.poll_message_set(f"{reason} See the add-on's preferences")
            return False
        return True

    def execute(self, context):
        """Turn it on, or off where it is on in this scene."""
        if preview_timer.is_on(context.scene):
            preview_timer.end()
        else:
            preview_timer.begin(context)
        redraw()
        return {"FINISHED"}
