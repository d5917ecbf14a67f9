"""Showing a new creature in the 3D view: framed, and with its colours."""

import math

import bpy
from mathutils import Vector

from . import placement

HALF_SENSOR = 36.0
"""Half the width, in mm, of the sensor behind the 3D view's lens (Blender doubles its 36 mm there)."""
MARGIN = 1.05


def show(context, obj):
    """Frame a creature in the 3D view that Generate was pressed in, and let solid shading show its colours.

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
    show_colours(context.scene, areas, "TEXTURE" if obj.data.uv_layers else "VERTEX")
    region = next((region for region in area.regions if region.type == "WINDOW"), None)
    if region is None or space.region_3d is None or space.region_3d.view_perspective == "CAMERA":
        return
    low, high = placement.world_bounds(obj)
    for view in list(space.region_quadviews) or [space.region_3d]:
        view.view_location = Vector((low + high) / 2.0)
        view.view_distance = _distance(math.dist(low, high) / 2.0, space.lens, region)


def show_preview(context, obj, color_type):
    """Show a preview in all windows that show the context's scene, in local view too, with its colours.

    color_type: as for `show_colours`.
    """
    for window in context.window_manager.windows:
        if window.scene != context.scene:
            continue
        areas = [area for area in window.screen.areas if area.type == "VIEW_3D"]
        show_colours(context.scene, areas, color_type)
        for area in areas:
            if area.spaces.active.local_view is not None:
                obj.local_view_set(area.spaces.active, True)


def join_local_views(context, obj):
    """Show an object in all 3D views that are in local view, where its children are seen."""
    if context.screen is None or obj is None:
        return
    for area in context.screen.areas:
        space = area.spaces.active
        if area.type == "VIEW_3D" and space.local_view is not None:
            obj.local_view_set(space, True)


def _distance(radius, lens, region):
    """Distance from which a sphere fills a 3D view (*Frame Selected* sees one frame and cuts corners)."""
    narrow = min(region.width, region.height) / max(region.width, region.height)
    return MARGIN * radius / math.sin(math.atan(narrow * HALF_SENSOR / lens))


def show_colours(scene, areas, color_type):
    """Let solid shading show textures or color attributes in 3D views that are on the factory's *Material*.

    Once a scene: who sets it back has chosen. It stays where a material's viewport color would be lost by it.
    color_type: "TEXTURE" or "VERTEX".
    """
    settings = scene.zoetrope
    if settings.colours_shown or _has_viewport_colours(scene):
        return
    settings.colours_shown = True
    for area in areas:
        shading = area.spaces.active.shading
        if shading.type == "SOLID" and shading.color_type == "MATERIAL":
            shading.color_type = color_type


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
