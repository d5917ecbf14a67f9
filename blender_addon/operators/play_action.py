"""Play another of the Actions that an animated armature or mesh has."""

import bpy

from ..scene import our_actions
from ..scene.rig import playable_actions


class ZOETROPE_OT_play_action(bpy.types.Operator):
    """Play this action; the others are kept"""

    bl_idname = "zoetrope.play_action"
    bl_label = "Play"
    bl_options = {"UNDO"}

    action: bpy.props.StringProperty(description="Name of the Action")

    @classmethod
    def poll(cls, context):
        """With an animated armature or mesh."""
        return playable_actions.of(context.object) is not None

    def execute(self, context):
        """Make it the active one."""
        block = playable_actions.of(context.object)
        if self.action not in [action.name for action in our_actions.of(block)]:
            self.report({"ERROR"}, f"There is no action {self.action} here")
            return {"CANCELLED"}
        playable_actions.play(context.scene, block, bpy.data.actions[self.action])
        return {"FINISHED"}
