"""A failure in the middle of building leaves everything as it was."""

import bpy
import numpy as np
import pytest
from conftest import creature_mesh, datablocks, vertices_at

from blender_addon.scene import (
    creature_motion,
    creatures,
    meshes,
    placement,
    replacement,
    shape_keys,
)
from blender_addon.scene import timeline as scene_timeline
from blender_addon.scene.colours import materials
from blender_addon.scene.rig import armature, correctives, pose_actions, skinning

STEPS = [
    (meshes, "new_mesh"),
    (materials, "new_material"),
    (armature, "new_armature"),
    (armature, "add_bones"),
    (skinning, "add_groups"),
    (skinning, "add_modifier"),
    (correctives, "add_keys"),
    (pose_actions, "add_action"),
    (pose_actions, "stash"),
    (creature_motion, "add_armature"),
    (shape_keys, "add_clips"),
    (creatures, "store"),
    (creatures, "store_animation"),
    (placement, "beside"),
    (placement, "link"),
    (scene_timeline, "sync"),
]


def state():
    """All that an artist sees of the scene."""
    scene, layer = bpy.context.scene, bpy.context.view_layer
    active = layer.objects.active
    return {
        "timeline": (scene.frame_start, scene.frame_end, scene.frame_current, scene.frame_subframe),
        "rate": (scene.render.fps, scene.render.fps_base),
        "memory": scene.zoetrope.timeline.values(),
        "selected": {obj.name for obj in layer.objects if obj.select_get()},
        "active": (active.name, active.mode, active.data.name, tuple(active.location)),
        "collections": sorted(c.name for c in scene.collection.children_recursive),
        "data": datablocks(),
        "cursor": tuple(scene.cursor.location),
    }


def after(function):
    """The function, which fails when it is done."""

    def failing(*arguments, **named):
        function(*arguments, **named)
        raise ZeroDivisionError

    return failing


@pytest.mark.parametrize("mode", ["OBJECT", "EDIT", "SCULPT"])
@pytest.mark.parametrize(("module", "name"), STEPS, ids=[name for _, name in STEPS])
def test_every_step_is_undone(monkeypatch, settings, module, name, mode):
    settings.scene_fps, settings.fps = False, 12.0
    settings.output, settings.correctives, settings.actions = "both", True, {"walk", "run"}
    bpy.context.scene.frame_set(31, subframe=0.25)
    bpy.data.objects["Light"].select_set(True)
    bpy.ops.object.mode_set(mode=mode)
    before = state()
    with monkeypatch.context() as patch:
        patch.setattr(module, name, after(getattr(module, name)))
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            bpy.ops.zoetrope.generate()
    assert state() == before
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    assert bpy.context.scene.frame_end == 12


REPLACING = [
    (replacement.Replacement, "give"),
    (armature, "add_bones"),
    (creature_motion, "add_armature"),
    (shape_keys, "add_clips"),
    (creatures, "store_animation"),
]


@pytest.mark.parametrize(("module", "name"), REPLACING, ids=[name for _, name in REPLACING])
@pytest.mark.parametrize("old", ["armature", "shape_keys"])
def test_a_creature_that_could_not_be_replaced_is_still_there(monkeypatch, settings, module, name, old):
    settings.output = old
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    mesh = creature_mesh(bpy.context.object)
    mesh.vertex_groups.new(name="Mine").add([1, 2], 0.5, "REPLACE")
    mesh.modifiers.new("Smooth", "SMOOTH")
    moving = vertices_at(mesh, 4).copy()
    bpy.context.scene.frame_set(1)
    settings.placement, settings.output = "REPLACE", "both"
    before = state()
    with monkeypatch.context() as patch:
        patch.setattr(module, name, after(getattr(module, name)))
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            bpy.ops.zoetrope.generate()
    assert state() == before
    assert mesh.vertex_groups.keys()[-1] == "Mine"
    assert np.abs(vertices_at(mesh, 4) - moving).max() < 1e-6
