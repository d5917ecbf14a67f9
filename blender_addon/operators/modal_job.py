"""What operators share that run a job of the session while Blender stays responsive."""

import time

import bpy

from .. import runtime
from ..core.errors import GenerationError
from ..scene import timeline
from ..scene.target import Target
from .redraw import redraw

TICK = 0.1
"""Seconds between two looks at the job."""


class ModalJob:
    """Base of such operators: they have `begin`, `advance` and `show`.

    `target`: the scene in which the button was pressed; `made`: the object that was built in it; `plays`:
    whether it has a new animation, which is played, and whose length is noted where the scene keeps its own.
    """

    target = made = None
    plays = True
    _timer = None
    _session = None

    @classmethod
    def ready(cls, context):
        """Whether a job can be started; sets the reason for `poll` where not."""
        if runtime.get().session.running():
            cls.poll_message_set("The backend is at work")
            return False
        if not context.scene.is_editable:
            cls.poll_message_set("The scene is linked from another file. Choose a scene of this file")
            return False
        reason = runtime.installation().missing()
        if reason:
            cls.poll_message_set(f"{reason} See the add-on's preferences")
            return False
        return True

    def begin(self, context):
        """Start the job; may raise GenerationError."""
        raise NotImplementedError

    def advance(self, context):
        """None while the job is at work, else the operator's result; may raise GenerationError."""
        raise NotImplementedError

    def show(self, context):
        """Called in a window when the artist sees what was made."""

    def build(self, context, build):
        """Build in the scene in which the button was pressed; build: takes the context, returns an object."""
        with self.target.entered(context):
            self.made = build(context)
            note = timeline.note_kept_range(context.scene, self.made) if self.plays else ""
        if note:
            self.report({"INFO"}, note)

    def invoke(self, context, _event):
        """Start the job and return to Blender's event loop."""
        if not self._start(context):
            redraw()
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
            self._show(context)
        redraw()
        return outcome

    def cancel(self, context):
        """Called when Blender ends the operator (quit, File > New): the backend ends with it."""
        self._stop_timer(context)
        self._session.close()

    def execute(self, context):
        """Wait for the result: scripts and background mode."""
        if not self._start(context):
            return {"CANCELLED"}
        while True:
            outcome = self._step(context)
            if outcome is not None:
                return outcome
            time.sleep(0.02)

    def _show(self, context):
        if not self.plays:
            return
        if context.view_layer.objects.active != self.made:  # the artist works on something else
            self.report({"INFO"}, f"{self.made.name} was made in {self.target.scene().name}")
            return
        self.show(context)
        if not context.screen.is_animation_playing:
            bpy.ops.screen.animation_play()

    def _start(self, context):
        self._session, self.target = runtime.get().session, Target(context)
        try:
            self.begin(context)
        except GenerationError as error:
            self._report(error)
            return False
        return True

    def _step(self, context):
        try:
            return self.advance(context)
        except GenerationError as error:
            self._report(error)
            return {"CANCELLED"}

    def _report(self, error):
        if error.cancelled:
            self.report({"INFO"}, "Cancelled")
        else:
            self.report({"ERROR"}, error.text)

    def _stop_timer(self, context):
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None
