"""Generate a creature: asks the backend, keeps Blender responsive, builds the result."""

import logging
import time

import bpy

from ..client import environment, protocol, session
from ..client.job import JobError
from ..scene.placement import add_creature
from ..scene.result import Result, ResultError

TICK = 0.1

log = logging.getLogger(__name__)


def redraw():
    """Redraw what shows progress: the sidebar, not the view beside it, which may be costly."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "PREFERENCES":
                area.tag_redraw()
            elif area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()


class ZOETROPE_OT_generate(bpy.types.Operator):
    """Draw an animated creature and stand it at the 3D cursor"""

    bl_idname = "zoetrope.generate"
    bl_label = "Generate"
    bl_options = {"UNDO"}

    _timer = None

    @classmethod
    def poll(cls, _context):
        """Grey, with the reason, while a job runs or without a backend."""
        if session.running():
            cls.poll_message_set("A creature is being generated")
            return False
        reason = environment.missing()
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
        """Step the job on every tick; Esc cancels it."""
        if event.type == "ESC" and event.value == "PRESS" and session.running():
            session.job.cancel()
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        redraw()
        if session.job is None:  # the add-on was disabled, or the backend closed
            self._stop_timer(context)
            return {"CANCELLED"}
        outcome = self._step(context)
        if outcome is None:
            return {"PASS_THROUGH"}
        self._stop_timer(context)
        redraw()
        if outcome == {"FINISHED"} and not context.screen.is_animation_playing:
            bpy.ops.screen.animation_play()
        return outcome

    def cancel(self, context):
        """Blender ends the operator (quit, File > New): the backend ends with it."""
        self._stop_timer(context)
        session.close()

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
        request = context.scene.zoetrope.request(context.scene)
        self._request = request
        try:
            session.start(lambda folder: protocol.generate(folder, **request))
        except environment.NoBackendError as error:
            self._fail(JobError("no_backend", str(error), error.remedy))
            return False
        except OSError as error:
            text = f"The backend did not start: {error.strerror}."
            self._fail(JobError("no_backend", text, "Set it up in the add-on's preferences."))
            return False
        return True

    def _step(self, context):
        """None while the job runs, else the operator's result."""
        try:
            if not session.job.step():
                return None
            job = session.job
            add_creature(context, Result(job.result["file"]), self._request, job.hello.get("weights", {}))
        except JobError as failure:
            return self._fail(failure)
        except (KeyError, ResultError) as error:
            return self._fail(JobError("bad_result", f"The backend sent no creature: {error}", "Try again."))
        except Exception as error:
            # An exception that leaves a modal operator would leave its job running for ever.
            log.exception("building the creature failed")
            text = f"The creature could not be built: {type(error).__name__}: {error}."
            return self._fail(JobError("internal", text, "Please report it."))
        session.end()
        return {"FINISHED"}

    def _fail(self, failure):
        """End the job, show why (a cancel is no error), and return the operator's result."""
        cancelled = failure.kind == "cancelled"
        session.end(None if cancelled else failure)
        if cancelled:
            self.report({"INFO"}, "Cancelled")
        else:
            self.report({"ERROR"}, f"{failure.message} {failure.remedy}".strip())
        return {"CANCELLED"}

    def _stop_timer(self, context):
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None


CLASSES = (ZOETROPE_OT_generate,)
