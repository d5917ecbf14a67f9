"""Set the sliders of proportions back."""

import bpy

from ...core.body import variation
from ...scene import creatures


class ZOETROPE_OT_reset_proportions(bpy.types.Operator):
    """Set all sliders back"""

    bl_idname = "zoetrope.reset_proportions"
    bl_label = "Reset Proportions"
    bl_options = {"UNDO", "INTERNAL"}

    active: bpy.props.BoolProperty(
        description="Those of the active creature, to what it has", options={"HIDDEN"}
    )

    @classmethod
    def description(cls, _context, properties):
        """The tooltip."""
        return (
            "Set the sliders back to what the creature has" if properties.active else "Set all sliders to 1"
        )

    def execute(self, context):
        """Set them."""
        if not self.active:
            context.scene.zoetrope.proportions.set_values({})
            return {"FINISHED"}
        obj = creatures.creature_of(context.object)
        if obj is None or creatures.why_locked(obj.data):
            return {"CANCELLED"}
        obj.data.zoetrope_proportions.set_values(variation.proportions_of(obj.data[creatures.PROPERTY]))
        return {"FINISHED"}
