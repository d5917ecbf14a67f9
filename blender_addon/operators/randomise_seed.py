"""Pick a random seed."""

import random

import bpy

from ..core.request import SEED_MAX


class ZOETROPE_OT_randomise_seed(bpy.types.Operator):
    """Pick a random seed, for another creature"""

    bl_idname = "zoetrope.randomise_seed"
    bl_label = "Random Seed"
    bl_options = {"UNDO", "INTERNAL"}

    def execute(self, context):
        """Set a random seed."""
        context.scene.zoetrope.seed = random.randint(0, SEED_MAX)
        return {"FINISHED"}
