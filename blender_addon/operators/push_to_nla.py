"""All Actions of an animated armature or mesh into the NLA editor."""

import bpy

from ..scene.rig import playable_actions


class ZOETROPE_OT_push_to_nla(bpy.types.Operator):
    """Put all actions into the NLA editor, a track each, one after the other in the order they were made"""

    bl_idname = "zoetrope.push_to_nla"
    bl_label = "Push All to NLA"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context):
        """With an animated armature or mesh."""
        return playable_actions.of(context.object) is not None

    def execute(self, context):
        """Make the strips; no Action is active then, or it would cover them."""
        count = playable_actions.push_to_nla(context.scene, playable_actions.of(context.object))
        self.report({"INFO"}, f"{count} actions are in the NLA editor")
        return {"FINISHED"}
