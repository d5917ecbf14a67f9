"""What the verbs share that generate the active creature again, with another body or other proportions."""

from ...core import generate
from ...core.body import variation
from ...core.errors import GenerationError
from ...scene import creatures
from ...scene.body.kept_coat import KeptCoat
from ...scene.body.kept_tracks import KeptTracks
from ...scene.build import add_creature
from ...scene.target import leave_modes, users_of
from ..modal_job import ModalJob
from . import preview_timer


class Variation(ModalJob):
    """Base of such operators: they have `request` and `adopt`.

    The new creature takes the place of the old one, as with *Replace Active*; it keeps the coat, which Action
    plays, and the NLA tracks.
    """

    same_body = True
    """Whether the body is to be that of the creature, which only the weights that made it can generate."""
    _uid = None

    @classmethod
    def poll(cls, context):
        """With an active creature, and what Generate needs."""
        obj = creatures.creature_of(context.object)
        if obj is None:
            cls.poll_message_set("Select a creature")
            return False
        reason = creatures.why_locked(obj, obj.data)
        if not reason and cls.same_body:
            reason = _why_no_proportions(obj.data)
        if reason:
            cls.poll_message_set(reason)
            return False
        return cls.ready(context)

    def request(self, obj):
        """The request for what takes the place of a creature; may raise GenerationError."""
        raise NotImplementedError

    def adopt(self, settings, request):
        """Let the panel's settings, which are about the same creature, generate the new one."""
        raise NotImplementedError

    def notes(self, _stored):
        """Sentences about what the new creature lacks; stored: what is stored with the old one."""
        return []

    def begin(self, context):
        """Request it."""
        obj = creatures.creature_of(context.object)
        request, hello = self.request(obj), self._session.hello
        if self.same_body and hello is not None:
            variation.check_weights(obj.data[creatures.PROPERTY], hello.get("weights"))
        self._uid = obj.session_uid
        generate.start(self._session, request)

    def advance(self, context):
        """Put it in the creature's place when it has come."""

        def build(*result):
            self.build(context, lambda there: self._replace(there, *result))

        if not generate.step(self._session, build):
            return None
        preview_timer.end_of_creature()
        return {"FINISHED"}

    def show(self, context):
        """It is seen where the creature was."""

    def _replace(self, context, result, request, weights):
        old = creatures.find(context.scene, self._uid)
        if old is None or creatures.why_locked(old, old.data):
            raise GenerationError("bad_option", "The creature is gone.", "Select another one.")
        stored = old.data[creatures.PROPERTY]
        if self.same_body:
            variation.check_weights(stored, weights)
        leave_modes(context, users_of(context, old.data))  # in Edit Mode its attributes cannot be read
        coat, tracks = KeptCoat(old.data), KeptTracks(old)
        made = add_creature(context, result, request, weights, old_uid=self._uid)
        obj = creatures.creature_of(made)
        notes = [*self.notes(stored), *coat.give(obj.data, self.same_body)]
        tracks.give(context.scene, obj)
        for note in notes:
            creatures.add_note(creatures.animation_of(made), note)
            self.report({"INFO"}, note)
        if variation.is_about(stored, context.scene.zoetrope):
            self.adopt(context.scene.zoetrope, request)
        return made


def _why_no_proportions(mesh):
    try:
        variation.check_rest_pose(mesh[creatures.PROPERTY])
    except GenerationError as error:
        return error.text.removesuffix(".")  # Blender adds one
    return ""
