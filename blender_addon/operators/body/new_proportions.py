"""Other proportions for a creature."""

import random

import bpy

from ...core.body import variation
from ...core.body.request import SAMPLED_SEED
from ...core.request import MAX_SEED
from ...scene import creatures
from .variation import Variation


class ZOETROPE_OT_new_proportions(Variation, bpy.types.Operator):
    """Sample other proportions for the active creature; its body, its coat and its motion stay"""

    bl_idname = "zoetrope.new_proportions"
    bl_label = "New Proportions"
    bl_options = {"UNDO"}

    def request(self, obj):
        """One with a random seed of the proportions."""
        return variation.new_proportions(obj.data[creatures.PROPERTY], random.randint(0, MAX_SEED))

    def adopt(self, settings, request):
        """That seed, without sliders."""
        settings.sampled, settings.proportions_seed = SAMPLED_SEED, request["proportions_seed"]
        settings.proportions.set_values({})
