"""Zoetrope: generates animated creatures. This file registers and unregisters, nothing else."""

import atexit

import bpy

from . import donor_icons, handlers, operators, preferences, properties, runtime, ui

CLASSES = (
    *preferences.CLASSES,
    *properties.CLASSES,
    *operators.CLASSES,
    *ui.CLASSES,
)


def register():
    """Called by Blender when the extension is enabled."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    donor_icons.attach()
    runtime.start()
    properties.attach()
    handlers.attach()
    ui.menu.attach()
    ui.facing_arrow.attach()
    # Blender as a Python module ends without this for an add-on that a script registered, and may hang (4.5).
    atexit.register(unregister)


def unregister():
    """Called by Blender when the extension is disabled, and at exit; no backend outlives it."""
    atexit.unregister(unregister)
    if not properties.attached():
        return
    operators.preview_timer.end()
    runtime.stop()
    ui.facing_arrow.detach()
    ui.menu.detach()
    handlers.detach()
    properties.detach()
    donor_icons.detach()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
