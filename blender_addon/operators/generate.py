"""Generate a creature while Blender stays responsive."""

import bpy

from ..core import generate
from ..core.mesh_frames_file import MeshFramesFile
from ..scene import creatures, view
from ..scene.build import add_creature, to_replace
from ..scene.mesh_frames import add_mesh_frames
from .body import preview_timer
from .modal_job import ModalJob


class ZOETROPE_OT_generate(ModalJob, bpy.types.Operator):
    """Generate an animated creature at the 3D cursor"""

    bl_idname = "zoetrope.generate"
    bl_label = "Generate"
    bl_options = {"UNDO"}

    _replaced = None

    @classmethod
    def poll(cls, context):
        """Disabled, with the reason, while a job is at work or without a backend."""
        return cls.ready(context)

    def begin(self, context):
        """Start the job."""
        self._replaced = to_replace(context)
        generate.start(self._session, context.scene.zoetrope.request(context.scene))

    def advance(self, context):
        """Build the creature when it has come."""

        def build(result, *about):
            if isinstance(result, MeshFramesFile):
                self.build(context, lambda there: add_mesh_frames(there, result, *about))
            else:
                self.build(context, lambda there: add_creature(there, result, *about, old_uid=self._replaced))

        if not generate.step(self._session, build):
            return None
        preview_timer.end()
        return {"FINISHED"}

    def show(self, context):
        """Frame the creature; its armature is seen where it is, in local view too."""
        view.show(context, creatures.creature_of(context.object) or context.object)
        view.join_local_views(context, context.object)
