"""A failure in the middle of building leaves everything as it was."""

import bpy
import pytest
from conftest import datablocks

from blender_addon.scene import build, creatures, materials, meshes, placement, shape_keys
from blender_addon.scene import timeline as scene_timeline

STEPS = [
    (meshes, "new_mesh"),
    (materials, "new_material"),
    (shape_keys, "add_frames"),
    (shape_keys, "animate"),
    (creatures, "store"),
    (placement, "beside"),
    (placement, "link"),
    (scene_timeline, "sync"),
]


def state():
    """All that an artist sees of the scene."""
    scene, layer = bpy.context.scene, bpy.context.view_layer
    active = layer.objects.active
    return {
        "timeline": (scene.frame_start, scene.frame_end, scene.frame_current),
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
    bpy.context.scene.frame_set(31)
    bpy.data.objects["Light"].select_set(True)
    bpy.ops.object.mode_set(mode=mode)
    before = state()
    with monkeypatch.context() as patch:
        patch.setattr(module, name, after(getattr(module, name)))
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            bpy.ops.zoetrope.generate()
    assert state() == before
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    assert bpy.context.scene.frame_end == 20


@pytest.mark.parametrize(("module", "name"), [(build, "_replace"), (scene_timeline, "sync")])
def test_a_creature_that_could_not_be_replaced_is_still_there(monkeypatch, settings, module, name):
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    settings.placement = "REPLACE"
    before = state()
    with monkeypatch.context() as patch:
        patch.setattr(module, name, after(getattr(module, name)))
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            bpy.ops.zoetrope.generate()
    assert state() == before
