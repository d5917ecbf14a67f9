"""Mesh frames set the scene's range and rate as creatures do, and what the artist had comes back."""

import bpy
import pytest
from known_mesh_frames import shown

from blender_addon.scene import creatures
from blender_addon.scene import timeline as scene_timeline
from blender_addon.scene.frame_nodes import COUNT, START, STEP, set_input
from blender_addon.scene.timeline import note_kept_range


def timeline():
    scene = bpy.context.scene
    return scene.frame_start, scene.frame_end, scene.frame_current, scene.render.fps / scene.render.fps_base


def delete(*objects):
    for obj in bpy.context.view_layer.objects:
        obj.select_set(obj in objects)
    bpy.ops.object.delete()
    bpy.context.view_layer.update()


@pytest.fixture
def own():
    """An artist's own timeline."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 5, 333
    scene.render.fps, scene.render.fps_base = 30, 1.001
    scene.frame_set(77)
    return timeline()


def test_the_first_ones_set_it_and_deleting_them_gives_it_back(own, made):
    obj = made(rate=24.0)
    assert timeline() == (5, 16, 5, 24.0), "6 meshes, 12 a second"
    assert [shown(obj, frame)[0] for frame in (5, 6, 7, 15, 16, 17)] == [4, 4, 5, 9, 9, 4]
    bpy.context.scene.frame_set(5)
    delete(obj)
    assert timeline() == pytest.approx(own)


def test_the_range_of_a_new_scene_is_the_clip_s(made):
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    bpy.context.scene.frame_set(8)
    made()
    assert timeline() == (1, 12, 1, 24.0)


def test_beside_a_creature_the_range_grows_and_the_rate_stays(made, settings):
    settings.output = "shape_keys"
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    creature = bpy.context.object
    assert timeline() == (1, 20, 1, 24.0)
    slow = made(fps=4.0, rate=12.0)
    assert timeline() == (1, 36, 1, 24.0)
    assert [shown(slow, frame)[0] for frame in (1, 6, 7, 36)] == [4, 4, 5, 9]
    bpy.context.scene.frame_set(1)
    delete(slow)
    assert timeline() == (1, 20, 1, 24.0)
    made(fps=4.0)
    delete(creature)
    assert timeline() == (1, 36, 1, 24.0)


def test_a_creature_beside_them_keeps_the_rate(made, settings):
    made()
    settings.output, settings.scene_fps, settings.fps = "shape_keys", False, 12.0
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    assert timeline() == (1, 40, 1, 24.0)


def test_beside_other_animation_the_range_only_grows_and_a_note_says_so(made):
    scene, cube = bpy.context.scene, bpy.data.objects["Cube"]
    cube.keyframe_insert("location", frame=1)
    scene.render.fps = 25
    obj = made(rate=24.0)
    assert timeline() == (1, 250, 1, 25.0)
    assert note_kept_range(scene, obj) == (
        "The scene's frame range was kept: 1 to 250. The new clip has 13 frames, 1 to 13."
    )


def test_no_note_where_the_range_is_the_clip_s(made):
    assert not note_kept_range(bpy.context.scene, made())


def test_a_failure_gives_the_timeline_back(own, made, monkeypatch):
    from blender_addon.scene import mesh_frames

    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(mesh_frames.placement, "link", fail)
    with pytest.raises(MemoryError):
        made(rate=24.0)
    assert timeline() == own
    assert not bpy.context.scene.zoetrope.timeline.kept


def test_a_clip_that_would_end_after_blenders_last_frame_is_refused(made):
    scene = bpy.context.scene
    scene.frame_end = scene.frame_start = 1_048_570
    before, objects = timeline(), len(bpy.data.objects)
    with pytest.raises(Exception, match="after Blender's last frame"):
        made()
    assert (timeline(), len(bpy.data.objects)) == (before, objects)


@pytest.mark.parametrize(
    ("inputs", "clip"),
    [
        ({}, (1, 12)),
        ({START: 11.0, STEP: 5.0}, (11, 40)),
        ({STEP: 1.6, COUNT: 5}, (1, 8)),
        ({STEP: 1e9}, (1, 1_048_574)),
        ({START: 1.5}, (2, 13)),
    ],
)
def test_the_clip_is_what_the_modifier_s_inputs_say(made, inputs, clip):
    obj = made()
    for name, value in inputs.items():
        set_input(obj.modifiers[0], name, value)
    assert creatures.clip_range(obj) == clip


def test_with_the_modifier_applied_it_is_a_mesh_as_any_other(made):
    obj = made()
    assert creatures.holds_mesh_frames(obj)
    bpy.ops.object.modifier_apply(modifier=obj.modifiers[0].name)
    assert len(obj.data.vertices) == 6
    assert not creatures.holds_mesh_frames(obj)
    assert creatures.clip_range(obj) is None
    scene_timeline.sync(bpy.context.scene)
    assert timeline() == (1, 250, 1, 24.0)


def test_they_have_the_place_of_all_their_meshes(made):
    low, high = creatures.local_bounds(made())
    assert tuple(low) == pytest.approx((-1, -1, 0), abs=0.2), "few corners are no full circle"
    assert high[2] == pytest.approx(2.25), "the last one's height, not that of the one that is shown"


def test_large_ones_are_in_the_way_of_the_next_creature(made, settings):
    obj = made()
    obj.scale = (5.0, 5.0, 5.0)
    middle = obj.location.copy()
    bpy.context.scene.cursor.location = middle.x + 4.0, middle.y + 4.0, 0.0  # a corner of their box
    settings.output = "shape_keys"
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    assert bpy.context.object.location.x > middle.x + 5.0


def test_deleted_ones_are_not_in_the_saved_file(made, tmp_path):
    kinds = ("objects", "meshes", "materials", "node_groups")

    def names():
        return {(kind, block.name) for kind in kinds for block in getattr(bpy.data, kind)}

    before = names()
    delete(made())
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    assert names() <= before
