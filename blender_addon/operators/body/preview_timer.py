"""What keeps the preview in the scene as the panel's settings are. It makes no undo steps."""

import contextlib
import logging

import bpy

from ... import runtime
from ...core.errors import GenerationError
from ...properties import scene_unit
from ...scene import view
from ...scene.body import preview_object
from ...scene.target import Target
from ..redraw import redraw
from .preview_subjects import ActiveCreature, NextCreature

log = logging.getLogger(__name__)

BUSY, IDLE = 0.02, 0.08
"""Seconds between two looks: while the backend is at work, and while nothing has changed."""

_target = None
_subject = None
"""What it shows, or has shown last."""
_placed = None
"""Unit and `place_depends_on` when the preview was placed last."""
_text = None
"""What the panel has shown about it."""


def begin(context, obj=None):
    """Turn the preview on, for the context's scene.

    obj: the mesh object of a creature whose sliders it follows; None: it shows the next creature.
    """
    global _target, _subject, _placed
    end()
    _target, _placed = Target(context), None
    _subject = NextCreature() if obj is None else ActiveCreature(obj)
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


def end_of_creature():
    """Turn it off where it follows a creature's sliders: the creature is another one now."""
    if isinstance(_subject, ActiveCreature):
        end()


def is_on(scene, obj=None):
    """Whether it is on in this scene, for the next creature, or for a creature's mesh object."""
    on = runtime.get().preview.on and _target is not None and _target.scene() == scene
    return on and _is_about(obj)


def error(obj=None):
    """Why it ended, or the last request failed, as sentences; obj: as for `is_on`."""
    return runtime.get().preview.error if _is_about(obj) else ""


def _is_about(obj):
    if obj is None:
        return not isinstance(_subject, ActiveCreature)
    return isinstance(_subject, ActiveCreature) and _subject.uid == obj.session_uid


def advance(context):
    """Read what has come, send the request where it is new, show the body; returns whether it is still on."""
    preview, scene = runtime.get().preview, _target.scene()
    if scene is None or not scene.is_editable:
        end()
        return False
    try:
        with contextlib.suppress(GenerationError), _target.entered(context):
            _advance(bpy.context, preview)
    except Exception as error:  # one that left the timer would leave the preview as it is, for ever
        log.exception("showing the preview failed")
        preview.turn_off(f"The preview could not be shown: {type(error).__name__}: {error}. Press it again.")
    if not preview.on:
        end()
    return preview.on


def _advance(context, preview):
    if not _subject.is_needed(context):
        preview.turn_off()
        return
    try:
        come = preview.step(_subject.request(context))
        hello = runtime.get().session.hello
        if hello is not None:
            _subject.check(context, hello.get("weights"))
    except GenerationError as failure:
        preview.turn_off(failure.text)
        return
    if preview.on and preview.body is not None:
        _show(context, preview, come)


def _show(context, preview, come):
    global _placed
    scene = context.scene
    obj, unit = preview_object.find(scene), scene_unit(scene)
    place = unit, _subject.place_depends_on(context)
    if not come and obj is not None and place == _placed:
        return
    if come or obj is None:
        first = _placed is None
        obj = preview_object.show(scene, _subject.shown(context, preview.body), unit)
        if first:
            view.show_preview(context, obj, "VERTEX" if _subject.is_plain(context) else "TEXTURE")
    obj.matrix_world = _subject.place(context, preview.body.rest / unit)
    _placed = place


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
