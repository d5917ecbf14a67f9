"""Metres and Blender units."""


def metres_per_unit(system, scale_length):
    """Metres in one Blender unit.

    system, scale_length: of the scene's `unit_settings`. Without a unit system Blender ignores the scale.
    """
    return 1.0 if system == "NONE" else float(scale_length)
