"""Roll the dice for the seed."""

import random

import bpy

from ..properties import SEED_MAX


class ZOETROPE_OT_randomise_seed(bpy.types.Operator):
    """Draw another seed: another creature"""

    bl_idname = "zoetrope.randomise_seed"
    bl_label = "Another Seed"
    bl_options = {"UNDO", "INTERNAL"}

    def execute(self, context):
        """Set a random seed."""
        context.scene.zoetrope.seed = random.randint(0, SEED_MAX)
        return {"FINISHED"}


CLASSES = (ZOETROPE_OT_randomise_seed,)
