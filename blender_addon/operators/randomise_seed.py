"""Pick a random seed."""

import random

import bpy

from ..core.request import SEED_MAX


class ZOETROPE_OT_randomise_seed(bpy.types.Operator):
    """Pick a random seed, for another creature or other motion"""

    bl_idname = "zoetrope.randomise_seed"
    bl_label = "Random Seed"
    bl_options = {"UNDO", "INTERNAL"}

    animate: bpy.props.BoolProperty(description="That of Animate Selected", options={"HIDDEN"})

    def execute(self, context):
        """Set a random seed."""
        settings = context.scene.zoetrope
        (settings.animate if self.animate else settings).seed = random.randint(0, SEED_MAX)
        return {"FINISHED"}
