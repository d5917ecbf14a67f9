"""Find bones for a mesh that moves while Blender stays responsive."""

import bpy

from ..core.decomposition.decompose import Decompose
from ..core.errors import GenerationError
from ..properties import scene_unit
from ..scene import view
from ..scene.decomposition import build
from ..scene.decomposition.source import Source
from .modal_job import ModalJob


class ZOETROPE_OT_shape_keys_to_bones(ModalJob, bpy.types.Operator):
    """Give a copy of the active mesh an armature that moves it as its shape keys, cache or modifiers do"""

    bl_idname = "zoetrope.shape_keys_to_bones"
    bl_label = "Shape Keys to Bones"
    bl_options = {"UNDO"}

    _decompose = None
    _source = None
    _cyclic = False

    @classmethod
    def poll(cls, context):
        """Disabled, with the reason, while a job is at work, without a backend or without a mesh."""
        if not cls.ready(context):
            return False
        if context.object is None or context.object.type != "MESH":
            cls.poll_message_set("Select a mesh that moves")
            return False
        return True

    def begin(self, context):
        """Check the object and begin to read its frames."""
        scene, settings = context.scene, context.scene.zoetrope.bones
        if context.screen is not None and context.screen.is_animation_playing:
            bpy.ops.screen.animation_cancel(restore_frame=False)
        try:
            frames, self._cyclic = settings.frames(scene, context.object)
            self._source = Source(context, frames, scene_unit(scene))
        except GenerationError as error:
            self._session.finish(error)
            raise
        request = settings.request(scene, context.object)
        self._decompose = Decompose(self._session, self._source, request)
        try:
            self._decompose.start()
        except GenerationError:
            self._source.restore()
            raise

    def advance(self, context):
        """Read on, or build the result when it has come."""
        if self._decompose.reading():
            self._read(context)
            return None

        def construct(result, request, backend):
            self.build(
                context,
                lambda there: build.add_bones(there, result, request, backend, self._source, self._cyclic),
            )
            sentences = result.sentences(request["tolerance"])
            self.report(
                {"INFO"} if len(sentences) == 1 else {"WARNING"}, " ".join([*sentences, *self._source.notes])
            )

        return {"FINISHED"} if self._decompose.step(construct) else None

    def show(self, context):
        """The armature is seen where the mesh is, in local view too."""
        view.join_local_views(context, context.object)

    def modal(self, context, event):
        """As of every job; the scene's own frame is back also where the session was closed."""
        outcome = super().modal(context, event)
        if outcome & {"FINISHED", "CANCELLED"}:
            self._source.restore()
        return outcome

    def cancel(self, context):
        """Called when Blender ends the operator."""
        super().cancel(context)
        self._source.restore()

    def _read(self, context):
        """Read some frames; the scene's own frame is back once all are read, or none will be."""
        try:
            with self.target.entered(context):
                try:
                    self._decompose.step(None)
                finally:
                    if not self._decompose.reading():
                        self._source.restore()
        except GenerationError as error:
            self._source.restore()
            if self._session.job is not None:  # the scene is gone
                self._session.finish(error)
            raise
