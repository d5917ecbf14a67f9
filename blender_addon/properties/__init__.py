"""Settings that are kept with scenes and meshes."""

import bpy
from bpy.props import PointerProperty

from . import animate, body, bones, creature, swatches, timeline
from .units import scene_unit

__all__ = ["CLASSES", "attach", "attached", "detach", "scene_unit"]

CLASSES = (
    timeline.ZoetropeRange,
    timeline.ZoetropeTimeline,
    animate.ZoetropeAnimateSettings,
    bones.ZoetropeBonesSettings,
    body.ZoetropeProportions,
    creature.ZoetropeSettings,
    swatches.ZoetropeSwatch,
    swatches.ZoetropePaint,
)


def attach():
    """Add the settings of the next creature to scenes, those of a creature to meshes."""
    bpy.types.Scene.zoetrope = PointerProperty(type=creature.ZoetropeSettings)
    bpy.types.Mesh.zoetrope_paint = PointerProperty(type=swatches.ZoetropePaint)
    bpy.types.Mesh.zoetrope_proportions = PointerProperty(type=body.ZoetropeProportions)


def attached():
    """Whether scenes have the settings."""
    return hasattr(bpy.types.Scene, "zoetrope")


def detach():
    """Remove them; what a file holds stays in it."""
    del bpy.types.Mesh.zoetrope_proportions
    del bpy.types.Mesh.zoetrope_paint
    del bpy.types.Scene.zoetrope
