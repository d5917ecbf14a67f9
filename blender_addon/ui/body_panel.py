"""The sub-panel of Generate for the body: preview, proportions, morph."""

import bpy

from .. import runtime
from ..core.body.proportions import of_category
from ..core.body.request import MORPH_OFF, MORPH_SEED, SAMPLED_SEED
from ..core.request import DNF
from ..operators.body import preview_timer
from .text import draw_text


class ZOETROPE_PT_body(bpy.types.Panel):
    """The body of the next creature"""

    bl_label = "Body"
    bl_idname = "ZOETROPE_PT_body"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Zoetrope"
    bl_parent_id = "ZOETROPE_PT_generate"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context):
        """In the tab Generate, of an engine that has a rest pose."""
        settings = context.scene.zoetrope
        return settings.tab == "GENERATE" and settings.engine == DNF

    def draw(self, context):
        """Draw the panel."""
        layout, settings = self.layout, context.scene.zoetrope
        layout.enabled = not runtime.get().session.running()
        draw_preview(layout, context, "zoetrope.preview")
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        _draw_morph(column, settings)
        row = column.row(align=True)
        row.label(text="Proportions")
        row.operator("zoetrope.reset_proportions", text="", icon="LOOP_BACK").active = False
        column.prop(settings, "sampled")
        if settings.sampled == SAMPLED_SEED:
            _draw_seed(column, settings, "proportions_seed")
        draw_sliders(column, settings.proportions, settings.category)


def draw_preview(layout, context, operator, obj=None):
    """Draw a button that turns the preview on and off, and what is to be said about it.

    obj: the mesh object of a creature whose sliders it follows; None: it shows the next creature.
    """
    preview, on = runtime.get().preview, preview_timer.is_on(context.scene, obj)
    layout.operator(operator, icon="HIDE_OFF" if on else "HIDE_ON", depress=on)
    error = preview_timer.error(obj)
    if error:
        draw_text(layout.box().column(align=True), context, error)
    elif on and preview.body is None:
        layout.label(text=preview.text or "Waiting", icon="SORTTIME")


def _draw_morph(column, settings):
    column.prop(settings, "morph")
    if settings.morph == MORPH_OFF:
        return
    if settings.morph == MORPH_SEED:
        _draw_seed(column, settings, "morph_seed")
    column.prop(settings, "morph_amount", slider=True)


def _draw_seed(column, settings, name):
    row = column.row(align=True)
    row.prop(settings, name)
    row.operator("zoetrope.randomise_seed", text="", icon="FILE_REFRESH").setting = name


def draw_sliders(layout, factors, category):
    """Draw the sliders of the proportions that a category has; factors: ZoetropeProportions."""
    column = layout.column(align=True)
    for name in of_category(category):
        column.prop(factors, name, slider=True)


CLASSES = (ZOETROPE_PT_body,)
