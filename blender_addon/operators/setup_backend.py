"""Set up the backend's environment, with the artist's consent where it must download."""

import sys

import bpy

from .. import runtime
from ..client.base_python import inspect_python
from ..core import setup_steps
from .redraw import redraw

TICK = 0.2
"""Seconds between two redraws of the progress."""


class ZOETROPE_OT_setup_backend(bpy.types.Operator):
    """Make the generator's own Python environment in the extension's user folder"""

    bl_idname = "zoetrope.setup_backend"
    bl_label = "Set Up Backend"

    _timer = None
    _setup = None

    @classmethod
    def poll(cls, _context):
        """Not while it or a job is at work, and only with a wheel to install."""
        if runtime.get().session.running():
            cls.poll_message_set("A creature is being generated")
            return False
        if runtime.get().setting_up():
            cls.poll_message_set("The backend is being set up")
            return False
        if runtime.installation().wheel() is None:
            cls.poll_message_set("This is a source checkout: build the extension with build_addon.py")
            return False
        return True

    def invoke(self, context, event):
        """Show the download and the disk space, and wait for consent."""
        prefs = runtime.preferences()
        if not prefs.is_property_set("torch_kind"):
            prefs.torch_kind = setup_steps.detect_torch_kind()
        if prefs.wheels or self._repairable(prefs):
            return self.execute(context)
        kind = setup_steps.torch_kind(prefs.torch_kind)
        return context.window_manager.invoke_confirm(
            self,
            event,
            title="Set Up Backend",
            message=f"PyTorch for {kind.label}: {kind.cost}.",
            confirm_text="Download and Install",
        )

    def execute(self, context):
        """Run the steps: in the background where there is a window, else to the end."""
        prefs = runtime.preferences()
        wheels = bpy.path.abspath(prefs.wheels) if prefs.wheels else ""
        base = self._base_python(prefs)
        if self._repairable(prefs):
            self._setup = runtime.get().repair(base)
        else:
            folder = runtime.installation().environment.folder
            reason = setup_steps.obstacle(base, wheels, bpy.app.online_access, inspect_python, folder)
            if reason:
                self.report({"ERROR"}, reason)
                return {"CANCELLED"}
            self._setup = runtime.get().set_up(base, prefs.torch_kind, wheels)
        if bpy.app.background:
            self._setup.wait()
            return self._outcome()
        self._timer = context.window_manager.event_timer_add(TICK, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        """Redraw the progress until the steps have ended."""
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        redraw()
        if self._setup.running():
            return {"PASS_THROUGH"}
        context.window_manager.event_timer_remove(self._timer)
        return self._outcome()

    def cancel(self, context):
        """Called when Blender ends the operator."""
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
        runtime.get().stop_setup()

    def _base_python(self, prefs):
        return bpy.path.abspath(prefs.base_python) if prefs.base_python else sys.executable

    def _repairable(self, prefs):
        """Whether the environment only needs its interpreter again, and the base Python can be it."""
        environment = runtime.installation().environment
        if environment.state() != "broken":
            return False
        base = inspect_python(self._base_python(prefs))
        return base is not None and environment.repairable(base.version)

    def _outcome(self):
        if self._setup.error:
            self.report({"ERROR"}, self._setup.error)
            return {"CANCELLED"}
        return {"FINISHED"}
