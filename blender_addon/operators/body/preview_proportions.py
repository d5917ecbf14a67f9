"""Turn the preview of the active creature's sliders on and off."""

import bpy

from ... import runtime
from ...core.body import variation
from ...core.errors import GenerationError
from ...scene import creatures
from ..redraw import redraw
from . import preview_timer


class ZOETROPE_OT_preview_proportions(bpy.types.Operator):
    """Show the active creature with the proportions of its sliders, at rest and beside it, while they move"""

    bl_idname = "zoetrope.preview_proportions"
    bl_label = "Preview"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context):
        """Disabled, with the reason, where there is no such creature or no backend can be asked."""
        obj = creatures.creature_of(context.object)
        if obj is None:
            cls.poll_message_set("Select a creature")
            return False
        reason = creatures.why_locked(obj, obj.data)
        if not context.scene.is_editable:
            reason = "The scene is linked from another file. Choose a scene of this file"
        if reason:
            cls.poll_message_set(reason)
            return False
        reason = runtime.installation().missing()
        if reason and not runtime.get().preview.on:
            cls.poll_message_set(f"{reason} See the add-on's preferences")
            return False
        return True

    def execute(self, context):
        """Turn it on, or off where it is on for this creature."""
        obj = creatures.creature_of(context.object)
        if preview_timer.is_on(context.scene, obj):
            preview_timer.end()
            redraw()
            return {"FINISHED"}
        try:
            mesh = obj.data
            variation.preview_with(mesh[creatures.PROPERTY], mesh.zoetrope_proportions.values())
        except GenerationError as error:
            self.report({"ERROR"}, error.text)
            return {"CANCELLED"}
        preview_timer.begin(context, obj)
        redraw()
        return {"FINISHED"}
