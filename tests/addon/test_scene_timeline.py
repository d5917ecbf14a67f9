"""Range, rate and frame follow the creatures in the scene, and what the artist had comes back."""

import bpy
import pytest
from own_mesh import animate, creature

from blender_addon.scene import creatures

pytestmark = pytest.mark.usefixtures("shape_keys")


def generate():
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    return bpy.context.object


def delete(*objects):
    """Delete objects, and the mesh that an armature moves, as an artist does."""
    for obj in bpy.context.view_layer.objects:
        obj.select_set(obj in objects or obj.parent in objects)
    bpy.ops.object.delete()
    bpy.context.view_layer.update()


def names():
    """Kind and name of every data-block that a creature may consist of."""
    kinds = ("objects", "meshes", "armatures", "materials", "actions", "collections", "shape_keys")
    return {(kind, block.name) for kind in kinds for block in getattr(bpy.data, kind)}


def timeline(scene=None):
    scene = scene or bpy.context.scene
    return scene.frame_start, scene.frame_end, scene.frame_current, scene.render.fps / scene.render.fps_base


@pytest.fixture
def own(settings):
    """An artist's own timeline, and a creature of another rate to come."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 5, 333
    scene.render.fps, scene.render.fps_base = 30, 1.001
    scene.frame_set(77)
    settings.scene_fps, settings.fps = False, 12.0
    return timeline()


def test_the_first_creature_sets_it_and_deleting_it_gives_it_back(own):
    creature = generate()
    assert timeline() == (5, 24, 5, 12.0)
    delete(creature)
    assert timeline() == pytest.approx(own)


def test_another_seed_after_a_deletion_is_a_first_creature_again(own, changed_result):
    delete(generate())
    assert generate() is not None
    assert timeline() == (5, 24, 5, 12.0)


def test_the_range_follows_what_is_left(settings):
    generate()
    settings.scene_fps, settings.fps = False, 6.0  # slower: four times as long in this scene
    long = generate()
    assert bpy.context.scene.frame_end == 80
    delete(long)
    assert bpy.context.scene.frame_end == 20


def test_what_the_artist_changed_since_is_kept(own):
    scene = bpy.context.scene
    creature = generate()
    scene.frame_end = 100
    scene.render.fps, scene.render.fps_base = 25, 1.0
    delete(creature)
    assert timeline() == (5, 100, 77, 25.0)


def test_beside_other_animation_the_rate_stays_and_the_range_only_grows(settings):
    scene = bpy.context.scene
    cube = bpy.data.objects["Cube"]
    cube.keyframe_insert("location", frame=1)
    scene.frame_end = 60
    scene.frame_set(9)
    settings.scene_fps, settings.fps = False, 12.0
    creature = generate()
    assert timeline() == (1, 60, 9, 24.0)
    delete(creature)
    assert timeline() == (1, 60, 9, 24.0)


def stored_notes(obj):
    return creatures.notes_of(creatures.animation_of(obj))


def test_a_range_that_is_kept_beside_other_animation_is_said(output):
    bpy.data.objects["Cube"].keyframe_insert("location", frame=1)
    frames = {"armature": 12, "shape_keys": 20}[output]
    note = f"The scene's frame range was kept: 1 to 250. The new action has {frames} frames, 1 to {frames}."
    assert note in stored_notes(generate())
    bpy.data.objects["Cube"].animation_data_clear()
    bpy.context.scene.frame_end = 60
    assert note.replace("250", "60") in stored_notes(generate())


def test_a_range_that_is_set_or_follows_the_longest_of_ours_is_not_said(output):
    assert "range" not in " ".join(stored_notes(generate()))
    settings = bpy.context.scene.zoetrope
    settings.natural_length, settings.frames = False, 80
    generate()
    settings.natural_length = True
    assert "range" not in " ".join(stored_notes(generate()))


def test_a_range_that_is_kept_for_an_artists_mesh_is_said():
    bpy.data.objects["Cube"].keyframe_insert("location", frame=1)
    bpy.context.scene.frame_end = 77
    creature()
    (note,) = [note for note in stored_notes(animate(actions={"walk"})) if "range" in note]
    assert note == "The scene's frame range was kept: 1 to 77. The new action has 12 frames, 1 to 12."


def test_animation_of_another_scene_does_not_count(settings):
    bpy.data.objects["Cube"].keyframe_insert("location", frame=1)
    generate()
    bpy.ops.scene.new(type="NEW")
    assert timeline() == (1, 250, 1, 24.0)
    settings = bpy.context.scene.zoetrope
    settings.scene_fps, settings.fps, settings.output = False, 12.0, "shape_keys"
    creature = generate()
    assert timeline() == (1, 20, 1, 12.0)
    delete(creature)
    assert timeline() == (1, 250, 1, 24.0)


@pytest.mark.parametrize("kind", ["EMPTY", "FULL_COPY"])
def test_a_copy_of_a_scene_has_a_timeline_of_its_own(own, kind):
    generate()
    first = bpy.context.scene
    bpy.ops.scene.new(type=kind)
    copy = bpy.context.scene
    if kind == "FULL_COPY":
        delete(*[obj for obj in copy.objects if obj.name.startswith("Quadruped")])
    assert timeline(copy) == pytest.approx(own)
    assert timeline(first) == (5, 24, 5, 12.0)


@pytest.mark.parametrize("start", [1_048_574, 1_048_560])
def test_a_clip_that_would_end_after_blenders_last_frame_is_refused(start):
    scene, before = bpy.context.scene, names()
    scene.frame_end = scene.frame_start = start
    then = timeline()
    with pytest.raises(RuntimeError, match=r"after Blender's last frame, 1,048,574\. Set an earlier Start"):
        bpy.ops.zoetrope.generate()
    assert (timeline(), names()) == (then, before)
    scene.frame_start = 1_048_554
    generate()
    assert (scene.frame_start, scene.frame_end) == (1_048_554, 1_048_573)


def test_a_start_frame_that_leaves_no_room_is_refused_before_the_work(settings, session):
    bpy.context.scene.frame_end = bpy.context.scene.frame_start = 1_048_000
    assert not settings.problem(bpy.context.scene)
    settings.natural_length, settings.frames = False, 600
    assert "after Blender's last frame" in settings.problem(bpy.context.scene)
    with pytest.raises(RuntimeError, match="after Blender's last frame"):
        bpy.ops.zoetrope.generate()
    assert session.backend_pid() is None


def test_undo_of_the_deletion_restores_it(own):
    creature = generate()
    bpy.ops.ed.undo_push(message="generated")
    name = creature.name
    delete(creature)
    bpy.ops.ed.undo_push(message="deleted")
    assert timeline() == pytest.approx(own)
    bpy.ops.ed.undo()
    assert name in bpy.data.objects
    assert timeline() == (5, 24, 5, 12.0)
    delete(bpy.data.objects[name])
    assert timeline() == pytest.approx(own)


def test_undo_of_the_generation_restores_it_and_redo_sets_it(own):
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.zoetrope.generate("EXEC_DEFAULT", True) == {"FINISHED"}
    bpy.ops.ed.undo()
    assert timeline() == pytest.approx(own)
    bpy.context.view_layer.update()
    assert timeline() == pytest.approx(own)
    bpy.ops.ed.redo()
    assert timeline() == (5, 24, 5, 12.0)


def test_it_comes_back_after_saving_and_reading(own, tmp_path):
    generate()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    assert timeline() == (5, 24, 5, 12.0)
    delete(*[obj for obj in bpy.data.objects if obj.name.startswith("Quadruped")])
    assert timeline() == pytest.approx(own)


def test_a_deleted_creature_is_not_in_the_saved_file(tmp_path):
    before = names()
    delete(generate())
    generate()
    delete(bpy.context.object)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    assert names() <= before  # Blender leaves its own unused materials out as well
