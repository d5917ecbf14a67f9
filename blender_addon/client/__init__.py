"""The backend from here: one process for this Blender, ended whenever its reason to run ends."""

import bpy

from . import installer, session


@bpy.app.handlers.persistent
def _before_load(*_):
    # File > New and Open end every modal operator, so the job's operator is gone as well.
    session.forget()


def attach():
    """Listen for what must end the backend."""
    bpy.app.handlers.load_pre.append(_before_load)


def detach():
    """End the backend and stop listening."""
    installer.stop()
    session.close()
    if _before_load in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_before_load)
