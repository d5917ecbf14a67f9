"""The request for a creature, made from the panel's settings."""

DETAILS = (64, 96, 128, 192, 256)
"""Cells of the grid along the longest side of the creature's bounding box."""
SEED_MAX = 2**31 - 1


def make_request(settings, scene_fps):
    """The arguments of `protocol.generate`, all but the job folder.

    Parameters
    ----------
    settings : ZoetropeSettings
        Anything with the same attributes will do.
    scene_fps : float
        The scene's frames per second.
    """
    return {
        "category": settings.category,
        "action": settings.action,
        "seed": settings.seed,
        "fps": scene_fps if settings.scene_fps else settings.fps,
        "detail": int(settings.detail),
        "frames": None if settings.own_length else settings.frames,
        "height": None if settings.own_height else settings.height,
        "palette": None if settings.own_coat else settings.coat,
    }


def lower_detail(detail):
    """The next lower detail, or None below the lowest."""
    position = DETAILS.index(detail)
    return DETAILS[position - 1] if position else None
