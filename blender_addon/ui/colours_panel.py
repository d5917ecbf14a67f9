"""The sub-panel of the active creature's colours."""

import bpy

from ..scene import creatures
from ..scene.colours import swatches
from .text import draw_text


class ZOETROPE_PT_colours(bpy.types.Panel):
    """Swatches of the active creature"""

    bl_label = "Colors"
    bl_idname = "ZOETROPE_PT_colours"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Zoetrope"
    bl_parent_id = "ZOETROPE_PT_creature"

    @classmethod
    def poll(cls, context):
        """With an active creature that has swatches."""
        obj = creatures.creature_of(context.object)
        return obj is not None and bool(swatches.of_mesh(obj.data))

    def draw(self, context):
        """Draw the panel."""
        obj = creatures.creature_of(context.object)
        column = self.layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        reason = creatures.why_locked(obj, obj.data)
        column.enabled = not reason and not swatches.is_edited(obj.data)
        for swatch in swatches.of_mesh(obj.data):
            column.prop(swatch, "colour", text=swatch.name)
        for note in [f"{reason}."] if reason else swatches.notes(obj.data):
            draw_text(self.layout.box().column(align=True), context, note)


CLASSES = (ZOETROPE_PT_colours,)
