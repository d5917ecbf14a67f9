"""What tests of levels of detail share: generating with two of them, and what is known of them."""

import bpy
import known_creature
import numpy as np

from blender_addon.scene import creatures
from blender_addon.scene.levels import found


def generate(**settings):
    """Generate with two levels and settings of the panel; returns what `current` does."""
    for name, value in {"levels_of_detail": 2, **settings}.items():
        setattr(bpy.context.scene.zoetrope, name, value)
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    return current()


def hidden_levels():
    """All levels in the file."""
    return [obj for obj in bpy.data.objects if found.is_level(obj)]


def current():
    """The active creature's mesh object and its levels."""
    obj = creatures.creature_of(bpy.context.object)
    return obj, found.of(obj)


def rows(obj, number):
    """Indices of a level's vertices among the creature's."""
    faces = np.empty(len(obj.data.loops), np.int32)
    obj.data.loops.foreach_get("vertex_index", faces)
    return known_creature.level({"faces": faces.reshape(-1, 3)}, number)[f"lod{number}_vertices"]


def world(obj):
    """Vertices (V, 3) of an object in world space, at the scene's frame."""
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    points = np.empty(3 * len(evaluated.data.vertices), np.float32)
    evaluated.data.vertices.foreach_get("co", points)
    matrix = np.array(evaluated.matrix_world)
    return points.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]


def assert_together(obj, levels, frames=(1, 3, 6)):
    """All levels have the creature's vertices, at frames of the scene."""
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        whole = world(obj)
        for level in levels:
            error = np.abs(world(level) - whole[rows(obj, level.data[found.NUMBER])]).max()
            assert error < 1e-5, (frame, level.name, error)
