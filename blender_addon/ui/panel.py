"""The tab "Zoetrope" in the 3D Viewport's sidebar."""

import bpy

from .. import runtime
from ..scene import creatures
from . import animate_tab, body_panel, bones_panel, colours_panel, creature_panel, generate_tab
from .text import draw_text

REMEDIES = {
    "no_backend": ("zoetrope.open_preferences", "Set Up Backend"),
    "crashed": ("zoetrope.open_preferences", "Open Preferences"),
    "protocol_mismatch": ("zoetrope.open_preferences", "Set Up Backend"),
    "weights_missing": ("zoetrope.open_preferences", "Open Preferences"),
    "weights_damaged": ("zoetrope.open_preferences", "Open Preferences"),
    "out_of_memory": ("zoetrope.lower_detail", "Lower the Detail"),
}
"""Kind of error -> operator that mends it, and its button's text."""
NO_LOG = ("bad_mesh", "bad_option")
"""Kinds of error that are about the artist's mesh or settings: the log says nothing more."""


class ZOETROPE_PT_generate(bpy.types.Panel):
    """Settings, Generate or Animate Selected, progress and errors"""

    bl_label = "Zoetrope"
    bl_idname = "ZOETROPE_PT_generate"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Zoetrope"

    def draw(self, context):
        """Draw the panel."""
        layout, settings = self.layout, context.scene.zoetrope
        tab = animate_tab if settings.tab == "ANIMATE" else generate_tab
        row = layout.row()
        row.enabled = not runtime.get().session.running()
        row.prop(settings, "tab", expand=True)
        # The button first: in a small sidebar it would be out of sight below the settings.
        self._draw_button(layout, context, tab)
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.enabled = not runtime.get().session.running()
        tab.draw_settings(column, context)
        animate_tab.draw_playable_actions(layout, context)
        if _is_exported(context):
            layout.operator("zoetrope.export_creature", icon="EXPORT")

    def _draw_button(self, layout, context, tab):
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
        tab.draw_button(row, context)
        if runtime.installation().missing():
            layout.operator("zoetrope.open_preferences", icon="PREFERENCES")
        problem = tab.problem(context)
        if problem:
            draw_text(layout.box().column(align=True), context, problem)
        if session.error is not None:
            self._draw_error(layout.box().column(align=True), context, session.error)

    def _draw_error(self, box, context, error):
        draw_text(box, context, error.text)
        if error.kind in REMEDIES:
            operator, text = REMEDIES[error.kind]
            box.operator(operator, text=text)
        if error.kind not in NO_LOG:
            box.operator("zoetrope.copy_log", icon="COPYDOWN")


def _is_exported(context):
    obj = context.object
    generated = creatures.creature_of(obj) is not None or creatures.holds_mesh_frames(obj)
    return generated or animate_tab.moved_by(context) is not None


CLASSES = (
    ZOETROPE_PT_generate,
    *body_panel.CLASSES,
    *creature_panel.CLASSES,
    *colours_panel.CLASSES,
    *bones_panel.CLASSES,
)
