"""Set up the backend's environment, with the artist's consent where it must download."""

import sys

import bpy

from ..client import environment, installer, session
from .generate import redraw


class ZOETROPE_OT_setup_backend(bpy.types.Operator):
    """Make the generator's own Python environment in the extension's user folder"""

    bl_idname = "zoetrope.setup_backend"
    bl_label = "Set Up Backend"

    _timer = None

    @classmethod
    def poll(cls, _context):
        """Not while it or a job runs, and only with a wheel to install."""
        if session.running():
            cls.poll_message_set("A creature is being generated")
            return False
        if installer.current is not None and installer.current.running():
            cls.poll_message_set("The backend is being set up")
            return False
        if environment.wheel() is None:
            cls.poll_message_set("This is a source checkout: build the extension with build_addon.py")
            return False
        return True

    def invoke(self, context, _event):
        """Say what it will cost, and ask."""
        prefs = environment.preferences()
        if not prefs.is_property_set("torch_kind"):
            prefs.torch_kind = installer.detect()
        kind = installer.kind(prefs.torch_kind)
        if prefs.wheels:
            return self._begin(context)
        return context.window_manager.invoke_confirm(
            self,
            _event,
            title="Set Up Backend",
            message=f"PyTorch for {kind.label}: {kind.cost}.",
            confirm_text="Download and Install",
        )

    def execute(self, context):
        """Run the steps: in the background with a window, to the end without."""
        return self._begin(context)

    def _begin(self, context):
        prefs = environment.preferences()
        wheels = bpy.path.abspath(prefs.wheels) if prefs.wheels else ""
        if not wheels and not bpy.app.online_access:
            self.report(
                {"ERROR"},
                "Setting up must download. Allow Online Access in Preferences > System, "
                "or give a folder of wheels.",
            )
            return {"CANCELLED"}
        base = bpy.path.abspath(prefs.base_python) if prefs.base_python else sys.executable
        if not installer.usable_python(base):
            self.report(
                {"ERROR"},
                f"{base} cannot make the environment. Give a Python 3.11 to 3.13 with venv as Base Python.",
            )
            return {"CANCELLED"}
        session.close()  # it may run in the environment that is made anew
        setup = installer.start(base, prefs.torch_kind, wheels)
        if bpy.app.background:
            return {"FINISHED"} if setup.wait() else self._failed(setup)
        self._timer = context.window_manager.event_timer_add(0.2, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        """Redraw the progress until the steps have ended."""
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        redraw()
        setup = installer.current
        if setup.running():
            return {"PASS_THROUGH"}
        context.window_manager.event_timer_remove(self._timer)
        return self._failed(setup) if setup.error else {"FINISHED"}

    def cancel(self, context):
        """Blender ends the operator."""
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
        installer.stop()

    def _failed(self, setup):
        self.report({"ERROR"}, setup.error)
        return {"CANCELLED"}


class ZOETROPE_OT_cancel_setup(bpy.types.Operator):
    """Stop setting up; nothing is kept"""

    bl_idname = "zoetrope.cancel_setup"
    bl_label = "Cancel"

    def execute(self, _context):
        """End the running step."""
        if installer.current is not None:
            installer.current.cancel()
        return {"FINISHED"}


class ZOETROPE_OT_open_preferences(bpy.types.Operator):
    """Open the preferences of Zoetrope"""

    bl_idname = "zoetrope.open_preferences"
    bl_label = "Set Up Backend"

    def execute(self, _context):
        """Show the add-on's entry."""
        bpy.ops.preferences.addon_show(module=environment.PACKAGE)
        return {"FINISHED"}


CLASSES = (ZOETROPE_OT_setup_backend, ZOETROPE_OT_cancel_setup, ZOETROPE_OT_open_preferences)
