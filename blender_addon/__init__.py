"""Zoetrope: generates animated creatures. This file registers and unregisters, nothing else."""

import bpy

from . import client, operators, preferences, properties, ui

CLASSES = (*preferences.CLASSES, *properties.CLASSES, *operators.CLASSES, *ui.CLASSES)


def register():
    """Called by Blender when the extension is enabled."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    properties.attach()
    client.attach()


def unregister():
    """Called by Blender when the extension is disabled; no backend outlives it."""
    client.detach()
    properties.detach()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
