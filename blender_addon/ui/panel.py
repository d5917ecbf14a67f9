"""The tab "Zoetrope" in the 3D Viewport's sidebar."""

import bpy

from .. import runtime
from ..core.errors import wrap
from ..scene import creatures

REMEDIES = {
    "no_backend": ("zoetrope.open_preferences", "Set Up Backend"),
    "crashed": ("zoetrope.open_preferences", "Open Preferences"),
    "protocol_mismatch": ("zoetrope.open_preferences", "Set Up Backend"),
    "weights_missing": ("zoetrope.open_preferences", "Open Preferences"),
    "weights_damaged": ("zoetrope.open_preferences", "Open Preferences"),
    "out_of_memory": ("zoetrope.lower_detail", "Lower the Detail"),
}
"""Kind of error -> operator that mends it, and its button's text."""


class ZOETROPE_PT_generate(bpy.types.Panel):
    """Settings, Generate, progress and errors"""

    bl_label = "Zoetrope"
    bl_idname = "ZOETROPE_PT_generate"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Zoetrope"

    def draw(self, context):
        """Draw the panel."""
        layout, settings = self.layout, context.scene.zoetrope
        # The button first: in a small sidebar it would be out of sight below the settings.
        self._draw_button(layout, context)
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.enabled = not runtime.get().session.running()
        column.prop(settings, "category")
        column.prop(settings, "action")
        row = column.row(align=True)
        row.prop(settings, "seed")
        row.operator("zoetrope.randomise_seed", text="", icon="FILE_REFRESH")
        column.separator()
        self._draw_choice(column, settings, "own_length", "frames")
        self._draw_choice(column, settings, "scene_fps", "fps")
        column.prop(settings, "detail")
        self._draw_choice(column, settings, "own_height", "height")
        if settings.own_height:
            height = runtime.catalogue().height(settings.category)
            if height:
                column.label(text=f"{height:g} m", icon="INFO")
        self._draw_choice(column, settings, "own_palette", "palette")
        column.prop(settings, "placement")
        if creatures.is_creature(context.object):
            layout.operator("zoetrope.export_creature", icon="EXPORT")

    def _draw_choice(self, column, settings, automatic, value):
        column.prop(settings, automatic)
        if not getattr(settings, automatic):
            column.prop(settings, value)

    def _draw_button(self, layout, context):
        session = runtime.get().session
        if session.running():
            job = session.job
            layout.progress(factor=job.fraction, text=f"{job.text}  {job.elapsed:.0f} s")
            row = layout.row()
            row.scale_y = 1.5
            row.enabled = not job.cancelling
            row.operator("zoetrope.cancel", icon="CANCEL")
            return
        row = layout.row()
        row.scale_y = 1.5
        row.operator("zoetrope.generate", icon="ARMATURE_DATA")
        if runtime.installation().missing():
            layout.operator("zoetrope.open_preferences", icon="PREFERENCES")
        problem = context.scene.zoetrope.problem(context.scene)
        if problem:
            self._draw_text(layout.box().column(align=True), context, problem)
        if session.error is not None:
            self._draw_error(layout.box().column(align=True), context, session.error)

    def _draw_error(self, box, context, error):
        self._draw_text(box, context, error.text)
        if error.kind in REMEDIES:
            operator, text = REMEDIES[error.kind]
            box.operator(operator, text=text)
        box.operator("zoetrope.copy_log", icon="COPYDOWN")

    def _draw_text(self, box, context, text):
        lines = wrap(text, context.region.width, context.preferences.system.ui_scale)
        for i, line in enumerate(lines):
            box.label(text=line, icon="BLANK1" if i else "ERROR")


CLASSES = (ZOETROPE_PT_generate,)
