"""What keeps the preview in the scene as the panel's settings are. It makes no undo steps."""

import contextlib

import bpy

from ... import runtime
from ...core.errors import GenerationError
from ...core.request import VERTEX_COLOURS
from ...properties import scene_unit
from ...scene import creatures, placement, view
from ...scene.body import preview_object
from ...scene.target import Target
from ..redraw import redraw

BUSY, IDLE = 0.02, 0.08
"""Seconds between two looks: while the backend is at work, and while nothing has changed."""

_target = None
_placed = None
"""What decided on the place of the preview when it was placed last."""
_text = None
"""What the panel has shown about it."""


def begin(context):
    """Turn the preview on, for the context's scene."""
    global _target, _placed
    end()
    _target, _placed = Target(context), None
    runtime.get().preview.turn_on()
    bpy.app.timers.register(_tick)


def end():
    """Turn it off and remove its object; the reason of a failure stays."""
    preview = runtime.get().preview
    if preview.on:
        preview.turn_off()
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    preview_object.remove()


def is_on(scene):
    """Whether the preview is on, and in this scene."""
    return runtime.get().preview.on and _target is not None and _target.scene() == scene


def advance(context):
    """Read what has come, request what is wanted, and show it; returns whether the preview is still on."""
    preview, scene = runtime.get().preview, _target.scene()
    if scene is None or not scene.is_editable or scene.zoetrope.tab != "GENERATE":
        end()
        return False
    with contextlib.suppress(GenerationError), _target.entered(context):
        _advance(bpy.context, preview, scene)
    if not preview.on:
        end()
    return preview.on


def _advance(context, preview, scene):
    global _placed
    come, unit = preview.step(scene.zoetrope.preview_request()), scene_unit(scene)
    obj = preview_object.find(scene)
    if not preview.on or preview.body is None:
        return
    place = _place(context, unit)
    if not come and obj is not None and place == _placed:
        return
    if come or obj is None:
        first = _placed is None
        obj = preview_object.show(scene, preview.body, unit)
        if first:
            plain = scene.zoetrope.texture == VERTEX_COLOURS
            view.show_preview(context, obj, "VERTEX" if plain else "TEXTURE")
    obj.location = placement.next_to(context, preview.body.rest / unit)
    _placed = place


def _place(context, unit):
    active = creatures.creature_of(context.view_layer.objects.active)
    moved = None if active is None else tuple(map(tuple, active.matrix_world))
    return unit, tuple(context.scene.cursor.location), context.scene.zoetrope.placement, moved


def _tick():
    global _text
    if bpy.app.is_job_running("RENDER"):  # it reads the scene from another thread
        return IDLE
    preview = runtime.get().preview
    advance(bpy.context)
    text = preview.text, preview.error, preview.on
    if text != _text:
        _text = text
        redraw()
    if not preview.on:
        return None
    return IDLE if preview.up_to_date else BUSY
