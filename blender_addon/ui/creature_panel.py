"""The panel of the active creature, with sub-panels for its proportions and its colours."""

import bpy

from .. import runtime
from ..core.body import variation
from ..core.errors import GenerationError
from ..scene import creatures
from .body_panel import draw_preview, draw_sliders


class ZOETROPE_PT_creature(bpy.types.Panel):
    """Another body, other proportions or another coat for the active creature"""

    bl_label = "Active Creature"
    bl_idname = "ZOETROPE_PT_creature"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Zoetrope"
    bl_order = 1

    @classmethod
    def poll(cls, context):
        """With an active creature."""
        return creatures.creature_of(context.object) is not None

    def draw(self, _context):
        """Draw the buttons; progress and errors are in the main panel."""
        column = self.layout.column(align=True)
        column.operator("zoetrope.new_body", icon="FILE_REFRESH")
        column.operator("zoetrope.new_proportions", icon="FILE_REFRESH")
        column.operator("zoetrope.new_coat", icon="FILE_REFRESH")


class ZOETROPE_PT_proportions(bpy.types.Panel):
    """Sliders of the active creature"""

    bl_label = "Proportions"
    bl_idname = "ZOETROPE_PT_proportions"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Zoetrope"
    bl_parent_id = "ZOETROPE_PT_creature"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context):
        """Where it is stored what made the creature, and that had a rest pose."""
        return _category(context) is not None and _has_rest_pose(context)

    def draw(self, context):
        """Draw the panel."""
        obj, layout = creatures.creature_of(context.object), self.layout
        column = layout.column()
        column.enabled = not creatures.why_locked(obj, obj.data) and not runtime.get().session.running()
        draw_preview(column, context, "zoetrope.preview_proportions", obj)
        column = column.column()
        column.use_property_split = True
        column.use_property_decorate = False
        draw_sliders(column, obj.data.zoetrope_proportions, _category(context))
        row = layout.row(align=True)
        row.operator("zoetrope.apply_proportions", icon="CHECKMARK")
        row.operator("zoetrope.reset_proportions", text="", icon="LOOP_BACK").active = True


def _has_rest_pose(context):
    obj = creatures.creature_of(context.object)
    return variation.has_rest_pose(variation.stored_request(obj.data[creatures.PROPERTY]))


def _category(context):
    """Category of the active creature, or None where it is not stored what made it."""
    obj = creatures.creature_of(context.object)
    if obj is None:
        return None
    try:
        return variation.stored_request(obj.data[creatures.PROPERTY])["category"]
    except GenerationError:
        return None


CLASSES = (ZOETROPE_PT_creature, ZOETROPE_PT_proportions)
