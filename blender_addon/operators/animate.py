"""Animate the selected meshes while Blender stays responsive."""

import bpy

from .. import runtime
from ..core.errors import GenerationError
from ..core.own_mesh.animate import Animate
from ..properties import scene_unit
from ..scene import view
from ..scene.own_mesh import build, intake, own_rig, selection
from .modal_job import ModalJob


class ZOETROPE_OT_animate(ModalJob, bpy.types.Operator):
    """Give the selected meshes a skeleton that moves; nothing of the meshes is changed"""

    bl_idname = "zoetrope.animate"
    bl_label = "Animate Selected"
    bl_options = {"UNDO"}

    _animate = None
    _taken = None

    @classmethod
    def poll(cls, context):
        """Disabled, with the reason, while a job is at work, without a backend or without a mesh."""
        if not cls.ready(context):
            return False
        if not selection.is_selected(context):
            cls.poll_message_set("Select the mesh of a creature")
            return False
        return True

    def begin(self, context):
        """Read the selection and start the first job."""
        scene, state = context.scene, runtime.get()
        settings = scene.zoetrope.animate
        try:
            objects = selection.selected_meshes(context)
            own = settings.rig == "own" and own_rig.armature_of(objects, context.view_layer) is not None
            shape_keys = settings.output != "armature" and not own
            self._taken = intake.take(context, objects, scene_unit(scene), own, shape_keys)
            guessed = state.guess is not None and intake.same(self._taken, state.guessed)
            if not guessed:
                state.keep_guess(None, None)
            choices = settings.choices(scene, guessed, own, self._taken.plain)
        except GenerationError as error:
            self._session.finish(error)
            raise
        self._animate = Animate(
            self._session, self._taken.mesh, self._taken.rig, choices, runtime.catalogue().action_names
        )
        self._animate.start()

    def advance(self, context):
        """Build the animation when it has come, or ask for what is uncertain."""

        def construct(*result):
            self.build(context, lambda there: build.animate(there, *result, self._taken))

        outcome = self._animate.step(construct)
        state, guess, scene = runtime.get(), self._animate.guess, self.target.scene()
        if guess is not None and state.guess is not guess:
            state.keep_guess(guess, self._taken)
            if scene is not None:
                scene.zoetrope.animate.facing = guess.direction
        if outcome == "ask":
            self.report({"WARNING"}, "Check which way the mesh faces, then press Confirm and Animate")
            return {"CANCELLED"}
        if outcome is None:
            return None
        state.to_confirm = False
        return {"FINISHED"}

    def show(self, context):
        """The armature is seen where the mesh is, in local view too."""
        view.join_local_views(context, context.object)
