"""Play another of the Actions that an animated armature or mesh has."""

import bpy

from ..scene.rig import repertoire


class ZOETROPE_OT_play_action(bpy.types.Operator):
    """Play this action; the others are kept"""

    bl_idname = "zoetrope.play_action"
    bl_label = "Play"
    bl_options = {"UNDO"}

    action: bpy.props.StringProperty(description="Name of the Action")

    @classmethod
    def poll(cls, context):
        """With an animated armature or mesh."""
        return repertoire.of(context.object) is not None

    def execute(self, context):
        """Make it the active one."""
        block = repertoire.of(context.object)
        if self.action not in [action.name for action in repertoire.ours(block)]:
            self.report({"ERROR"}, f"There is no action {self.action} here")
            return {"CANCELLED"}
        repertoire.play(context.scene, block, bpy.data.actions[self.action])
        return {"FINISHED"}
