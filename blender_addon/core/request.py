"""The request for a creature, made from the panel's settings."""

import math

from .errors import GenerationError

DETAILS = (64, 96, 128, 192, 256)
"""Cells of the grid along the longest side of the creature's bounding box."""
MAX_SEED = 2**31 - 1
FPS = (1.0, 1000.0)
FRAMES = (2, 10_000)
HEIGHT = (0.001, 1000.0)
FACES = (1_000, 200_000)
"""Limits of the protocol (docs/protocol.md); heights in metres."""


TEXTURES = (1024, 2048)
"""Texels along a side that the panel offers."""
DNF, HYPERDIFFUSION = "dnf", "hyperdiffusion"
"""Engines that the panel offers."""
MESH_FRAMES = "mesh_frames"
"""Output whose frames are meshes of their own."""
VERTEX_COLOURS = "VERTEX"
"""The setting for none."""
MAX_LEVELS = 2
"""Levels of detail beyond the mesh itself."""


def make_request(settings, scene_fps):
    """The arguments of `protocol.generate`, all but the job folder.

    Parameters
    ----------
    settings : ZoetropeSettings
        Anything with the same attributes will do.
    scene_fps : float
        The scene's frames per second.

    Raises
    ------
    GenerationError
        A setting is outside the protocol's limits.
    """
    fps = rate_of(settings, scene_fps)
    if not settings.natural_length:
        remedy = "Set another number, or turn Natural Length on."
        _check("Frames", settings.frames, FRAMES, "", remedy)
    if not settings.natural_height:
        _check("Height", settings.height_metres, HEIGHT, " m", "Set another, or turn Typical Height on.")
    if settings.engine != DNF:
        return _frame_request(settings, fps)
    return {
        "category": settings.category,
        "actions": _actions_of(settings),
        "seed": settings.seed,
        "fps": fps,
        "detail": int(settings.detail),
        "frames": None if settings.natural_length else settings.frames,
        "height": None if settings.natural_height else settings.height_metres,
        "palette": None if settings.natural_palette else settings.palette,
        "output": settings.output,
        "correctives": settings.correctives and settings.output != "shape_keys",
        "faces": None if settings.full_surface else settings.faces,
        "texture": None if settings.texture == VERTEX_COLOURS else int(settings.texture),
        "levels_of_detail": settings.levels_of_detail,
        "engine": "",
    }


def _frame_request(settings, fps):
    """The request to an engine that samples body and motion together: one action, no palette, no texture."""
    actions = _actions_of(settings)
    if len(actions) > 1:
        text = "HyperDiffusion samples body and motion together: a second action would have another body."
        raise GenerationError("bad_option", text, "Tick one action.")
    return {
        "category": settings.category,
        "actions": actions,
        "seed": settings.seed,
        "fps": fps,
        "detail": int(settings.detail),
        "frames": None if settings.natural_length else settings.frames,
        "height": None if settings.natural_height else settings.height_metres,
        "output": settings.frame_output,
        **({"correctives": settings.correctives} if settings.frame_output == "armature" else {}),
        "faces": None if settings.full_surface else settings.faces,
        "levels_of_detail": settings.levels_of_detail,
        "engine": settings.engine,
    }


def _actions_of(settings):
    chosen = list(settings.chosen_actions())
    if not chosen:
        raise GenerationError("bad_option", "No action is ticked.", "Tick one or more actions.")
    return chosen


def rate_of(settings, scene_fps):
    """Frames per second of a clip; GenerationError outside the protocol's limits.

    settings, scene_fps: as for `make_request`.
    """
    if settings.scene_fps:
        remedy = "Turn Scene Rate off and set a Rate, or change the scene's frame rate."
        _check("Scene Rate", scene_fps, FPS, " frames per second", remedy)
        return scene_fps
    _check("Rate", settings.fps, FPS, " frames per second", "Set another Rate.")
    return settings.fps


def lower_detail(detail):
    """The next lower detail, or None below the lowest."""
    position = DETAILS.index(detail)
    return DETAILS[position - 1] if position else None


def _check(field, value, limits, unit, remedy):
    low, high = limits
    if math.isnan(value):
        raise GenerationError("bad_option", f"{field} is not a number.", remedy)
    if low <= value <= high:
        return
    most = f"at most {high:,g}" if value > high else f"at least {low:,g}"
    raise GenerationError("bad_option", f"{field} is {value:,.6g}{unit}; it must be {most}.", remedy)
