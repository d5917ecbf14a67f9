"""The panel of Shape Keys to Bones, below the main one."""

import bpy

from .. import runtime


class ZOETROPE_PT_bones(bpy.types.Panel):
    """Settings of Shape Keys to Bones, and its button"""

    bl_label = "Shape Keys to Bones"
    bl_idname = "ZOETROPE_PT_bones"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Zoetrope"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 2

    def draw(self, context):
        """Draw the panel; progress, errors and the result's error are in the main one."""
        layout, settings = self.layout, context.scene.zoetrope.bones
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.enabled = not runtime.get().session.running()
        meshes = [obj for obj in context.selected_objects if obj.type == "MESH"]
        if len(meshes) > 1 and context.object is not None:
            column.label(text=f"Only {context.object.name}: it is active", icon="INFO")
        column.prop(settings, "range")
        if settings.range == "CUSTOM":
            pair = column.column(align=True)
            pair.prop(settings, "start")
            pair.prop(settings, "end")
        else:
            frames, _ = settings.frames(context.scene, context.object)
            text = f"{frames[0]} to {frames[-1]}" if frames else "none"
            column.label(text=f"Frames: {text}")
        column.prop(settings, "fit")
        column.prop(settings, "bones" if settings.fit == "BONES" else "tolerance")
        layout.operator("zoetrope.shape_keys_to_bones", icon="BONE_DATA")


CLASSES = (ZOETROPE_PT_bones,)
