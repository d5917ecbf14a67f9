"""Sentences on a panel."""

from ..core.errors import wrap


def draw_text(box, context, text, icon="ERROR"):
    """Draw text on as many lines as it takes; the first one has the icon."""
    lines = wrap(text, context.region.width, context.preferences.system.ui_scale)
    for i, line in enumerate(lines):
        box.label(text=line, icon="BLANK1" if i else icon)
