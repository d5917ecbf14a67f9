"""Sentences and lists on a panel."""

from ..core.errors import wrap

BESIDE = 60
"""Pixels at scale 1 beside a line in a box: margins, icon and the sidebar's tabs."""


def draw_text(box, context, text, icon="ERROR"):
    """Draw text on as many lines as it takes; the first one has the icon."""
    scale = context.preferences.system.ui_scale
    lines = wrap(text, context.region.width - BESIDE * scale, scale)
    for i, line in enumerate(lines):
        box.label(text=line, icon="BLANK1" if i else icon)


def draw_actions(column, settings):
    """Draw the list of actions with ticks; settings: `TickedActions`."""
    column.label(text="Actions")
    grid = column.grid_flow(columns=2, even_columns=True, align=True)
    grid.use_property_split = False
    for name in settings.action_names():
        grid.prop_enum(settings, "actions", name)
