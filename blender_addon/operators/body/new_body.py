"""Another body in the place of a creature's."""

import random

import bpy

from ...core.body import variation
from ...core.body.request import MORPH_OFF, SAMPLED_SEED
from ...core.request import MAX_SEED
from ...scene import creatures
from .variation import Variation

MORPH_NOTE = "The morph was left out: not every body can be brought near another one. Set it in Body > Morph."


class ZOETROPE_OT_new_body(Variation, bpy.types.Operator):
    """Sample another body, and its motion, for the active creature; actions, proportions and coat stay"""

    bl_idname = "zoetrope.new_body"
    bl_label = "New Body"
    bl_options = {"UNDO"}

    same_body = False

    def request(self, obj):
        """One with a random seed."""
        return variation.new_body(obj.data[creatures.PROPERTY], random.randint(0, MAX_SEED))

    def notes(self, stored):
        """That a morph is left out."""
        return [MORPH_NOTE] if variation.stored_request(stored)["morph"] else []

    def adopt(self, settings, request):
        """Its seed, and those of its palette and proportions where it has any."""
        settings.seed = request["seed"]
        if not variation.has_rest_pose(request):
            return  # palette, morph and sliders in the panel are those of the next creature of DNF
        settings.morph_name = MORPH_OFF
        settings.natural_palette, settings.palette = False, request["palette"]
        if request["proportions_seed"] is not None:
            settings.sampled, settings.proportions_seed = SAMPLED_SEED, request["proportions_seed"]
