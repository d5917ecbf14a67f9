"""The unit of a scene."""

from ..core.units import metres_per_unit


def scene_unit(scene):
    """Metres in one Blender unit of a scene."""
    return metres_per_unit(scene.unit_settings.system, scene.unit_settings.scale_length)
