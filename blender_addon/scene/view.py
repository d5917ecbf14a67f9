"""Showing a new creature in the 3D view: framed, and with its colours."""

import bpy


def show(context, obj):
    """Frame an object in the 3D view that Generate was pressed in, and let solid shading show its colours.

    Nothing happens without a window. A view through the camera stays.
    """
    if context.window is None or context.screen is None:
        return
    areas = [area for area in context.screen.areas if area.type == "VIEW_3D"]
    if not areas:
        return
    area = context.area if context.area in areas else max(areas, key=lambda a: a.width * a.height)
    space = area.spaces.active
    if space.local_view is not None:
        obj.local_view_set(space, True)
    show_colours(context.scene, areas)
    region = next((region for region in area.regions if region.type == "WINDOW"), None)
    if region is None or space.region_3d is None or space.region_3d.view_perspective == "CAMERA":
        return
    with context.temp_override(area=area, region=region, space_data=space):
        if bpy.ops.view3d.view_selected.poll():
            bpy.ops.view3d.view_selected()


def show_colours(scene, areas):
    """Let solid shading show color attributes in 3D views that are on the factory's *Material*.

    Once a scene: who sets it back has chosen. It stays where a material's viewport color would be lost by it.
    """
    settings = scene.zoetrope
    if settings.colours_shown or _has_viewport_colours(scene):
        return
    settings.colours_shown = True
    for area in areas:
        shading = area.spaces.active.shading
        if shading.type == "SOLID" and shading.color_type == "MATERIAL":
            shading.color_type = "VERTEX"


def _has_viewport_colours(scene):
    """Whether a mesh without color attribute has a material with a viewport color of its own."""
    factory = bpy.types.Material.bl_rna.properties["diffuse_color"].default_array[:3]
    for obj in scene.objects:
        if obj.type != "MESH" or obj.data.color_attributes:
            continue
        for slot in obj.material_slots:
            if slot.material is not None and tuple(slot.material.diffuse_color[:3]) != tuple(factory):
                return True
    return False
