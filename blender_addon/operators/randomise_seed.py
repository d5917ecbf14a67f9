"""Pick a random seed."""

import random

import bpy

from ..core.request import MAX_SEED


class ZOETROPE_OT_randomise_seed(bpy.types.Operator):
    """Pick a random seed, for another creature or other motion"""

    bl_idname = "zoetrope.randomise_seed"
    bl_label = "Random Seed"
    bl_options = {"UNDO", "INTERNAL"}

    animate: bpy.props.BoolProperty(description="That of Animate Selected", options={"HIDDEN"})
    setting: bpy.props.StringProperty(default="seed", description="Which seed", options={"HIDDEN"})

    def execute(self, context):
        """Set a random seed."""
        settings = context.scene.zoetrope
        seed = random.randint(0, MAX_SEED)
        setattr(settings.animate if self.animate else settings, self.setting, seed)
        return {"FINISHED"}
