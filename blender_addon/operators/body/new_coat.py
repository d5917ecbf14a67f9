"""Give a creature the colours of another palette; its mesh stays."""

import random

import bpy

from ...core.colours import new_coat
from ...core.errors import GenerationError
from ...core.request import MAX_SEED
from ...scene import creatures
from ...scene.colours import swatches
from ...scene.levels import found as levels
from ...scene.target import leave_modes, users_of
from ..modal_job import ModalJob


class ZOETROPE_OT_new_coat(ModalJob, bpy.types.Operator):
    """Sample other colors for the active creature; its mesh and its motion stay"""

    bl_idname = "zoetrope.new_coat"
    bl_label = "New Coat"
    bl_options = {"UNDO"}

    plays = False
    _uid = None

    @classmethod
    def poll(cls, context):
        """With an active creature that has swatches, and what Generate needs."""
        obj = creatures.creature_of(context.object)
        if obj is None or not swatches.of_mesh(obj.data):
            cls.poll_message_set("Select a creature that has swatches")
            return False
        reason = creatures.why_locked(obj, obj.data)
        if not reason and swatches.is_edited(obj.data):
            reason = "The mesh is in Edit Mode, where it has no vertex colors: leave it"
        if reason:
            cls.poll_message_set(reason)
            return False
        return cls.ready(context)

    def begin(self, context):
        """Request the palette of a random seed."""
        obj = creatures.creature_of(context.object)
        self._uid = obj.session_uid
        new_coat.start(self._session, obj.data[creatures.PROPERTY], random.randint(0, MAX_SEED))

    def advance(self, context):
        """Paint the creature when its palette has come."""

        def paint(palette, seed):
            self.build(context, lambda there: self._paint(there, palette, seed))

        return {"FINISHED"} if new_coat.step(self._session, paint) else None

    def _paint(self, context, palette, seed):
        obj = creatures.find(context.scene, self._uid)
        if obj is None or creatures.why_locked(obj, obj.data):
            raise GenerationError("bad_option", "The creature is gone.", "Select another one.")
        mesh = obj.data
        if len(palette) != len(mesh.zoetrope_paint.swatches):
            text = f"The weights in use have {len(palette)} regions, this creature has others."
            raise GenerationError("bad_option", text, "Use the weights that made it, or change its swatches.")
        leave_modes(context, users_of(context, mesh, *levels.meshes_of(mesh)))
        if swatches.is_edited(mesh):
            text = "The mesh is in Edit Mode in another scene."
            raise GenerationError("bad_option", text, "Leave that, and press the button again.")
        swatches.set_palette(mesh, palette)
        for note in swatches.notes(mesh):
            self.report({"INFO"}, note)
        mesh[creatures.PROPERTY] = new_coat.with_palette(mesh[creatures.PROPERTY], seed)
        settings = context.scene.zoetrope
        if (settings.category, settings.seed) == new_coat.made_body(mesh[creatures.PROPERTY]):
            settings.natural_palette, settings.palette = False, seed  # generating it again keeps the coat
        return obj
