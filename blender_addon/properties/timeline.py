"""What a scene remembers of its own range and rate."""

import bpy
from bpy.props import BoolProperty, FloatProperty, IntProperty, PointerProperty


class ZoetropeRange(bpy.types.PropertyGroup):
    """Range and rate of a scene."""

    start: IntProperty()
    end: IntProperty()
    fps: IntProperty()
    fps_base: FloatProperty()

    def read(self, scene):
        """Take them from a scene."""
        self.start, self.end = scene.frame_start, scene.frame_end
        self.fps, self.fps_base = scene.render.fps, scene.render.fps_base

    def has_rate_of(self, scene):
        """Whether a scene has this rate."""
        return (self.fps, self.fps_base) == (scene.render.fps, scene.render.fps_base)

    def values(self):
        """All values, for `set_values`."""
        return self.start, self.end, self.fps, self.fps_base

    def set_values(self, values):
        """Set all values."""
        self.start, self.end, self.fps, self.fps_base = values


class ZoetropeTimeline(bpy.types.PropertyGroup):
    """What `scene/timeline.py` remembers."""

    kept: BoolProperty(description="Whether the rest is set")
    alone: BoolProperty(description="Whether nothing else was animated before the first creature")
    frame: IntProperty(description="The scene's frame before the first creature")
    longest: IntProperty(description="Last frame of the longest clip that the range was set for")
    before: PointerProperty(type=ZoetropeRange, description="Before the first creature")
    ours: PointerProperty(type=ZoetropeRange, description="Set in its place")

    def values(self):
        """All values, for `set_values`."""
        return self.kept, self.alone, self.frame, self.longest, self.before.values(), self.ours.values()

    def set_values(self, values):
        """Set all values."""
        self.kept, self.alone, self.frame, self.longest, before, ours = values
        self.before.set_values(before)
        self.ours.set_values(ours)
