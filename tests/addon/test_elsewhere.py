"""The artist goes on working while the backend does: in another scene, or in a mode of another object."""

import types

import bpy
import numpy as np
import pytest
from conftest import creature_mesh, datablocks
from own_mesh import choose, creature, select

from blender_addon.operators import modal_job

pytestmark = pytest.mark.usefixtures("output")


LENGTHS = {"armature": 12, "shape_keys": 20}
"""Frames of the stand-in's walk."""


@pytest.fixture
def meanwhile(monkeypatch):
    """Sets what happens while the backend is at work."""

    def do(step):
        done = []

        def sleep(_seconds):
            if not done:
                done.append(step())

        monkeypatch.setattr(modal_job.time, "sleep", sleep)

    return do


def switch():
    """Open another scene, whose rate and range differ."""
    scene = bpy.data.scenes.new("B")
    scene.render.fps, scene.frame_end = 60, 500
    scene.frame_set(33)
    bpy.context.window.scene = scene
    return scene


def work():
    """What the artist must find as it was."""
    scene, layer = bpy.context.window.scene, bpy.context.window.view_layer
    active = layer.objects.active
    return {
        "scene": scene.name,
        "frame": scene.frame_current,
        "active": active and (active.name, active.mode),
        "selected": {obj.name for obj in layer.objects if obj.select_get(view_layer=layer)},
    }


def range_of(scene):
    return scene.frame_start, scene.frame_end, scene.render.fps / scene.render.fps_base


def test_a_creature_is_built_in_the_scene_that_it_was_requested_in(meanwhile, output):
    first = bpy.context.scene
    first.unit_settings.scale_length = 0.01
    meanwhile(switch)
    before = set(first.objects)
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    (made,) = [obj for obj in set(first.objects) - before if obj.type == "MESH"]
    assert bpy.context.scene.name == "B"
    assert not bpy.context.scene.objects
    assert range_of(bpy.context.scene) == (1, 500, 60.0)
    assert bpy.context.scene.frame_current == 33
    assert range_of(first) == (1, LENGTHS[output], 24.0)
    assert np.ptp([corner[2] for corner in made.bound_box]) > 50.0  # in the unit of its scene
    assert [collection.name for collection in made.users_collection] == ["Collection"]


def test_replace_finds_the_creature_of_the_other_scene(meanwhile, settings):
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    first, settings.placement, settings.seed = bpy.context.scene, "REPLACE", 9
    names = {obj.name for obj in first.objects}
    meanwhile(switch)
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    assert {obj.name for obj in first.objects} == names
    assert '"seed": 9' in first.objects["Quadruped_walk_5"].data["zoetrope"]


def test_a_mesh_is_animated_in_the_scene_that_it_was_selected_in(meanwhile, output):
    beast, first = creature(), bpy.context.scene
    meanwhile(switch)
    choose(output=output)
    assert bpy.ops.zoetrope.animate() == {"FINISHED"}
    assert bpy.context.scene.name == "B"
    assert not bpy.context.scene.objects
    assert range_of(bpy.context.scene) == (1, 500, 60.0)
    assert range_of(first)[1] < 250
    assert (beast.parent is not None and beast.parent.name in first.objects) == (output == "armature")
    assert {scene.name for scene in bpy.data.scenes} == {"Scene", "B"}


@pytest.mark.parametrize("name", ["generate", "animate"])
def test_a_scene_that_is_gone_is_reported_and_nothing_is_left(meanwhile, session, name):
    kept = bpy.context.scene
    bpy.ops.scene.new(type="NEW")
    beast = creature()
    before = datablocks()

    def remove():
        scene = bpy.context.scene
        bpy.context.window.scene = kept
        bpy.data.scenes.remove(scene)

    meanwhile(remove)
    with pytest.raises(RuntimeError, match=r"The scene in which the button was pressed is gone\. Press"):
        getattr(bpy.ops.zoetrope, name)()
    assert datablocks() == before
    assert beast.parent is None
    assert not session.running()


@pytest.mark.parametrize("mode", ["EDIT", "SCULPT", "WEIGHT_PAINT"])
def test_a_creature_comes_while_another_object_is_worked_on(meanwhile, output, mode):
    scene = bpy.context.scene
    bpy.data.objects["Light"].select_set(True)
    scene.frame_set(31)
    meanwhile(lambda: bpy.ops.object.mode_set(mode=mode))
    before = {**work(), "active": ("Cube", mode)}
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    assert work() == before
    made = scene.objects["Quadruped_walk_5"]
    assert made.visible_get()
    assert made.matrix_world.translation.x > 1.0
    assert scene.frame_end == LENGTHS[output]


@pytest.mark.parametrize("mode", ["EDIT", "SCULPT"])
def test_a_mesh_is_animated_while_another_object_is_worked_on(meanwhile, mode, output):
    beast, cube = creature(location=(5, 0, 0)), bpy.data.objects["Cube"]
    bpy.context.scene.frame_set(31)

    def go_on():
        select(cube)
        bpy.ops.object.mode_set(mode=mode)

    meanwhile(go_on)
    choose(output=output)
    assert bpy.ops.zoetrope.animate() == {"FINISHED"}
    assert work() == {"scene": "Scene", "frame": 31, "active": ("Cube", mode), "selected": {"Cube"}}
    assert (beast.parent is None) == (output == "shape_keys")
    assert beast.mode == "OBJECT"


def test_another_armature_in_edit_mode_stays_in_it(meanwhile):
    bpy.ops.object.armature_add()
    other = bpy.context.object
    beast = creature()

    def edit():
        bpy.context.view_layer.objects.active = other
        bpy.ops.object.mode_set(mode="EDIT")
        other.data.edit_bones.new("Mine").tail = (0, 0, 1)

    meanwhile(edit)
    choose()
    assert bpy.ops.zoetrope.animate() == {"FINISHED"}
    assert len(beast.parent.data.bones) == 5
    assert other.mode == "EDIT"
    assert "Mine" in other.data.edit_bones


def test_a_creature_that_is_replaced_leaves_its_own_mode(settings):
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    settings.placement, settings.seed = "REPLACE", 9
    bpy.ops.object.mode_set(mode="EDIT")
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    assert '"seed": 9' in creature_mesh(bpy.context.object).data["zoetrope"]
    assert bpy.context.object.mode == "OBJECT"


@pytest.mark.parametrize("seen", [True, False])
def test_playback_starts_only_where_the_artist_sees_what_was_made(monkeypatch, seen):
    calls = []

    class Job(modal_job.ModalJob):
        target, _session = modal_job.Target(bpy.context), types.SimpleNamespace(job="job")
        advance = staticmethod(lambda _context: {"FINISHED"})
        show = staticmethod(lambda _context: calls.append("show"))
        report = staticmethod(lambda _kind, text: calls.append(text))

    job, made = Job(), types.SimpleNamespace(name="Fox")
    job.made = made
    screen = types.SimpleNamespace(animation_play=lambda: calls.append("play"))
    monkeypatch.setattr(modal_job.bpy, "ops", types.SimpleNamespace(screen=screen))
    context = types.SimpleNamespace(
        screen=types.SimpleNamespace(is_animation_playing=False),
        view_layer=types.SimpleNamespace(objects=types.SimpleNamespace(active=made if seen else "cube")),
    )
    assert job.modal(context, types.SimpleNamespace(type="TIMER", value="")) == {"FINISHED"}
    assert calls == (["show", "play"] if seen else ["Fox was made in Scene"])


def test_a_linked_scene_disables_the_buttons_with_a_reason(tmp_path):
    path = tmp_path / "other.blend"
    bpy.context.scene.name = "Linked"
    creature()
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_factory_settings()
    with bpy.data.libraries.load(str(path), link=True) as (_, there):
        there.scenes = ["Linked"]
    bpy.context.window.scene = bpy.data.scenes["Linked", str(path)]
    assert not bpy.context.scene.is_editable
    for operator in (bpy.ops.zoetrope.generate, bpy.ops.zoetrope.animate):
        assert not operator.poll()
        with pytest.raises(RuntimeError, match="linked from another file"):
            operator()
