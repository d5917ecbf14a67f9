"""Settings of Shape Keys to Bones, kept with the scene."""

import bpy
from bpy.props import EnumProperty, FloatProperty, IntProperty

from ..scene.decomposition import frame_range

MAX_BONES = 128


class ZoetropeBonesSettings(bpy.types.PropertyGroup):
    """Settings of Shape Keys to Bones."""

    range: EnumProperty(
        name="Frames",
        description="Which frames are turned into keys on bones",
        items=[
            (
                "ANIMATION",
                "Animation",
                "Those of the object's Action or NLA strips; without any, the scene's range",
                0,
            ),
            ("SCENE", "Scene", "The scene's range", 1),
            ("CUSTOM", "Custom", "From a first to a last frame", 2),
        ],
        default="ANIMATION",
    )
    start: IntProperty(name="First", description="First frame", default=1, min=0, max=1_048_574)
    end: IntProperty(name="Last", description="Last frame", default=250, min=0, max=1_048_574)
    fit: EnumProperty(
        name="Fit",
        description="What decides how many bones there are",
        items=[
            ("BONES", "Number of Bones", "So many bones", 0),
            ("TOLERANCE", "Tolerance", "As few bones as keep 99 % of the vertices within a distance", 1),
        ],
        default="BONES",
    )
    bones: IntProperty(
        name="Bones",
        description="Bones that move the mesh, below one root; similar motions may need fewer",
        default=24,
        min=1,
        max=MAX_BONES,
    )
    tolerance: FloatProperty(
        name="Tolerance",
        description="Distance in millimeters from the original that 99 % of the vertices stay within",
        default=5.0,
        min=0.01,
        max=1000.0,
        soft_min=0.1,
        soft_max=100.0,
        precision=2,
    )

    def frames(self, scene, obj):
        """The frames, and whether the last one leads to the first; obj: the mesh object, or None."""
        if self.range == "CUSTOM":
            return list(range(self.start, self.end + 1)), False
        if self.range == "SCENE" or obj is None or obj.type != "MESH":
            return list(range(scene.frame_start, scene.frame_end + 1)), False
        first, last, cyclic = frame_range.of_animation(scene, obj)
        return list(range(first, last + 1)), cyclic

    def request(self, scene, obj):
        """The arguments of `protocol.decompose`, all but the job folder; obj: the mesh object."""
        action = frame_range.action_of(obj)
        by_number = self.fit == "BONES"
        return {
            "name": f"{obj.name if action is None else action.name}_bones",
            "fps": scene.render.fps / scene.render.fps_base,
            "bones": self.bones if by_number else None,
            "tolerance": None if by_number else self.tolerance / 1000.0,
        }
