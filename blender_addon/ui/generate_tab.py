"""The panel's part for Generate."""

from .. import runtime
from ..core.request import DNF, MESH_FRAMES
from .text import draw_actions


def draw_button(row, _context):
    """The button."""
    row.operator("zoetrope.generate", icon="ARMATURE_DATA")


def problem(context):
    """What is wrong with the settings, as one sentence and a remedy; empty where nothing is."""
    return context.scene.zoetrope.problem(context.scene)


def draw_settings(column, context):
    """The settings of the next creature."""
    settings = context.scene.zoetrope
    if runtime.has_hyperdiffusion() or settings.engine != DNF:
        column.prop(settings, "engine")
    column.prop(settings, "category")
    draw_actions(column, settings)
    row = column.row(align=True)
    row.prop(settings, "seed")
    row.operator("zoetrope.randomise_seed", text="", icon="FILE_REFRESH")
    column.separator()
    one_mesh = settings.engine == DNF or settings.frame_output != MESH_FRAMES
    if one_mesh:
        _draw_choice(column, settings, "natural_length", "frames")
    _draw_choice(column, settings, "scene_fps", "fps")
    column.prop(settings, "detail")
    if one_mesh:
        _draw_choice(column, settings, "full_surface", "faces")
        column.prop(settings, "levels_of_detail")
    if settings.engine == DNF:
        column.prop(settings, "texture")
    _draw_choice(column, settings, "natural_height", "height")
    if settings.natural_height:
        height = runtime.catalogue(settings.engine).height(settings.category)
        if height:
            column.label(text=f"{height:g} m", icon="INFO")
    if settings.engine == DNF:
        _draw_choice(column, settings, "natural_palette", "palette")
        column.prop(settings, "output")
        if settings.output != "shape_keys":
            column.prop(settings, "correctives")
    else:
        column.prop(settings, "frame_output")
        if settings.frame_output == "armature":
            column.prop(settings, "correctives")
    if one_mesh:
        column.prop(settings, "placement")


def _draw_choice(column, settings, automatic, value):
    column.prop(settings, automatic)
    if not getattr(settings, automatic):
        column.prop(settings, value)
