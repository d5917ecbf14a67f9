"""Zoetrope's entries in Blender's menus."""

import bpy


def _export_entry(menu, _context):
    menu.layout.operator("zoetrope.export_creature", text="Zoetrope Creature (.glb, .fbx, .usdc, .abc)")


def attach():
    """Called when the add-on is enabled."""
    bpy.types.TOPBAR_MT_file_export.append(_export_entry)


def detach():
    """Called when it is disabled."""
    bpy.types.TOPBAR_MT_file_export.remove(_export_entry)
