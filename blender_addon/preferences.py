"""Preferences: where the backend's Python is, and setting it up."""

import sys

import bpy
from bpy.props import EnumProperty, StringProperty

from . import runtime
from .core import setup_steps
from .core.errors import wrap


class ZoetropePreferences(bpy.types.AddonPreferences):
    """Shown in Edit > Preferences > Add-ons > Zoetrope."""

    bl_idname = __package__

    backend_python: StringProperty(
        name="Python",
        description="Interpreter of an environment with the package zoetrope; "
        "empty: the environment that Set Up Backend makes",
        subtype="FILE_PATH",
    )
    base_python: StringProperty(
        name="Base Python",
        description="Python 3.11 to 3.13 to make the environment from; empty: Blender's own",
        subtype="FILE_PATH",
    )
    wheels: StringProperty(
        name="Folder of Wheels",
        description="Install from the wheels in this folder, without a network; empty: download",
        subtype="DIR_PATH",
    )
    torch_kind: EnumProperty(
        name="Hardware",
        description="Which build of PyTorch to install",
        items=[(k.name, k.label, k.description, i) for i, k in enumerate(setup_steps.TORCH_KINDS)],
        default="cpu",
    )

    def draw(self, context):
        """Draw the preferences."""
        layout = self.layout
        column = layout.column()
        reason = runtime.installation().missing()
        column.label(text=reason or "The backend is set up.", icon="ERROR" if reason else "CHECKMARK")
        setup = runtime.get().setup
        if runtime.get().setting_up():
            column.progress(factor=setup.fraction, text=f"{setup.text} ({setup.elapsed:.0f} s)")
            column.operator("zoetrope.cancel_setup", icon="CANCEL")
        else:
            if setup is not None and setup.error:
                lines = wrap(setup.error, context.region.width, context.preferences.system.ui_scale)
                for i, line in enumerate(lines):
                    column.label(text=line, icon="BLANK1" if i else "ERROR")
            environment = runtime.installation().environment
            repairable = not self.base_python and environment.repairable(sys.version_info[:2])
            if not repairable:
                column.prop(self, "torch_kind")
            if not self.wheels and not repairable:
                cost = setup_steps.torch_kind(self.torch_kind).cost
                column.label(text=f"{cost[0].upper()}{cost[1:]}.")
                if not bpy.app.online_access:
                    column.prop(context.preferences.system, "use_online_access")
            text = "Repair Backend" if repairable else "Set Up Backend"
            column.operator("zoetrope.setup_backend", text=text, icon="IMPORT")
        box = layout.box().column()
        box.prop(self, "wheels")
        box.prop(self, "base_python")
        box.prop(self, "backend_python")
        box.operator("zoetrope.copy_log", icon="COPYDOWN")


CLASSES = (ZoetropePreferences,)
