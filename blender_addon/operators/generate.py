"""Generate a creature while Blender stays responsive."""

import functools
import time

import bpy

from .. import runtime
from ..core import generate
from ..core.errors import GenerationError
from ..scene import view
from ..scene.build import add_creature, to_replace
from .redraw import redraw

TICK = 0.1
"""Seconds between two looks at the job."""


class ZOETROPE_OT_generate(bpy.types.Operator):
    """Generate an animated creature at the 3D cursor"""

    bl_idname = "zoetrope.generate"
    bl_label = "Generate"
    bl_options = {"UNDO"}

    _timer = None
    _session = None
    _replaced = None

    @classmethod
    def poll(cls, _context):
        """Disabled, with the reason, while a job is at work or without a backend."""
        if runtime.get().session.running():
            cls.poll_message_set("A creature is being generated")
            return False
        reason = runtime.installation().missing()
        if reason:
            cls.poll_message_set(f"{reason} See the add-on's preferences")
            return False
        return True

    def invoke(self, context, _event):
        """Start the job and return to Blender's event loop."""
        if not self._start(context):
            return {"CANCELLED"}
        manager = context.window_manager
        self._timer = manager.event_timer_add(TICK, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        """Advance the job on every tick; Esc cancels it."""
        if event.type == "ESC" and event.value == "PRESS" and self._session.running():
            self._session.cancel()
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        redraw()
        if self._session.job is None:  # the session was closed
            self._stop_timer(context)
            return {"CANCELLED"}
        outcome = self._step(context)
        if outcome is None:
            return {"PASS_THROUGH"}
        self._stop_timer(context)
        if outcome == {"FINISHED"}:
            view.show(context, context.object)
            if not context.screen.is_animation_playing:
                bpy.ops.screen.animation_play()
        redraw()
        return outcome

    def cancel(self, context):
        """Called when Blender ends the operator (quit, File > New): the backend ends with it."""
        self._stop_timer(context)
        self._session.close()

    def execute(self, context):
        """Wait for the creature: scripts and background mode."""
        if not self._start(context):
            return {"CANCELLED"}
        while True:
            outcome = self._step(context)
            if outcome is not None:
                return outcome
            time.sleep(0.02)

    def _start(self, context):
        self._session = runtime.get().session
        self._replaced = to_replace(context)
        try:
            generate.start(self._session, context.scene.zoetrope.request(context.scene))
        except GenerationError as error:
            self._report(error)
            return False
        return True

    def _step(self, context):
        """None while the job is at work, else the operator's result."""
        try:
            build = functools.partial(add_creature, context, replaced=self._replaced)
            done = generate.step(self._session, build)
        except GenerationError as error:
            self._report(error)
            return {"CANCELLED"}
        return {"FINISHED"} if done else None

    def _report(self, error):
        if error.cancelled:
            self.report({"INFO"}, "Cancelled")
        else:
            self.report({"ERROR"}, error.text)

    def _stop_timer(self, context):
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None
