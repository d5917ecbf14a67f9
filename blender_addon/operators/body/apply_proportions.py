"""The proportions that the sliders of a creature say."""

import bpy

from ...core.body import variation
from ...core.body.request import SAMPLED_OFF
from ...scene import creatures
from .variation import Variation


class ZOETROPE_OT_apply_proportions(Variation, bpy.types.Operator):
    """Generate the active creature again with the proportions of the sliders; coat and motion stay"""

    bl_idname = "zoetrope.apply_proportions"
    bl_label = "Apply"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context):
        """With an active creature that has other proportions than its sliders."""
        if not super().poll(context):
            return False
        mesh = creatures.creature_of(context.object).data
        if variation.has_proportions(mesh[creatures.PROPERTY], mesh.zoetrope_proportions.values()):
            cls.poll_message_set("The creature has these proportions: move a slider")
            return False
        return True

    def request(self, obj):
        """One with the sliders' factors."""
        values = obj.data.zoetrope_proportions.values()
        return variation.with_proportions(obj.data[creatures.PROPERTY], values)

    def adopt(self, settings, request):
        """The sliders of the next creature."""
        settings.sampled = SAMPLED_OFF
        settings.proportions.set_values(request["proportions"])
