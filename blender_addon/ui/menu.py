"""Zoetrope's entries in Blender's menus."""

import bpy


def _export_entry(menu, _context):
    menu.layout.operator("zoetrope.export_creature", text="Zoetrope Creature (.glb, .fbx, .usdc, .abc)")


def _bones_entry(menu, _context):
    menu.layout.separator()
    menu.layout.operator("zoetrope.shape_keys_to_bones", icon="BONE_DATA")


def attach():
    """Called when the add-on is enabled."""
    bpy.types.TOPBAR_MT_file_export.append(_export_entry)
    bpy.types.VIEW3D_MT_object_animation.append(_bones_entry)


def detach():
    """Called when it is disabled."""
    bpy.types.VIEW3D_MT_object_animation.remove(_bones_entry)
    bpy.types.TOPBAR_MT_file_export.remove(_export_entry)
