"""Redrawing what shows progress."""

import bpy


def redraw():
    """Redraw the preferences and the sidebars; not the views beside them, which may be costly."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "PREFERENCES":
                area.tag_redraw()
            elif area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()
