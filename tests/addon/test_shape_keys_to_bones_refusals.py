"""What Shape Keys to Bones refuses, each in one sentence with a remedy; and cancelling it."""

import time
from pathlib import Path

import bpy
import numpy as np
import pytest
from conftest import curves_of, datablocks
from moving_creature import choose, copy_of, moving_creature, press, refused
from own_mesh import at, select

from blender_addon.core.decomposition import reading
from blender_addon.core.errors import GenerationError
from blender_addon.operators import modal_job
from blender_addon.scene.decomposition.source import Source


@pytest.fixture
def beast():
    """A creature that a shape key carries along."""
    return moving_creature()


REFUSED = {
    "a light": (lambda _: select(bpy.data.objects["Light"]), "poll"),
    "Edit Mode": (lambda _: bpy.ops.object.mode_set(mode="EDIT"), "Beast is in Edit Mode."),
    "standing still": (lambda o: o.shape_key_clear(), "Nothing of Beast moves from frame"),
    "a muted track": (
        lambda o: stash_all(o),
        "from frame 1 to 250: its muted NLA tracks are not read (Stash",
    ),
    "a single frame": (lambda _: custom(4, 4), "A single frame has no motion."),
    "an empty range": (lambda _: custom(9, 4), "A single frame has no motion."),
    "NaN": (lambda o: spoil(o), "whose position is not a number"),
    "three vertices": (lambda o: shrink(o), "has 3 vertices"),
    "a changing number": (lambda o: build_modifier(o), "vertices at first and"),
    "a hidden object": (lambda o: o.hide_set(True), "is hidden"),
    "a scale of zero": (lambda o: setattr(o, "scale", (0, 0, 0)), "has a scale of zero"),
    "a scale of zero on one axis": (lambda o: setattr(o, "scale", (1, 1, 0)), "has a scale of zero"),
    "a mesh of one point": (lambda o: collapse(o), "has no size"),
}


def stash_all(obj):
    data = obj.data.shape_keys.animation_data
    track = data.nla_tracks.new()
    track.name, track.mute = "Stash", True
    track.strips.new("Stash", 1, data.action)
    data.action = None


def custom(start, end):
    choose(range="CUSTOM", start=start, end=end)


def spoil(obj):
    obj.data.shape_keys.key_blocks["along"].points[3].co.x = float("nan")


def shrink(obj):
    obj.shape_key_clear()
    obj.data.clear_geometry()
    obj.data.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])


def collapse(obj):
    obj.shape_key_clear()
    obj.data.vertices.foreach_set("co", np.zeros(3 * len(obj.data.vertices), np.float32))


def build_modifier(obj):
    modifier = obj.modifiers.new("Build", "BUILD")
    modifier.frame_start, modifier.frame_duration = 1, 30
    custom(20, 31)


@pytest.mark.parametrize(("spoil_it", "text"), REFUSED.values(), ids=REFUSED)
def test_what_has_no_bones_gets_one_sentence(beast, spoil_it, text):
    spoil_it(beast)
    if text == "poll":
        assert not bpy.ops.zoetrope.shape_keys_to_bones.poll()
    else:
        assert text in refused()
    if bpy.context.object.mode == "EDIT":
        bpy.ops.object.mode_set(mode="OBJECT")


def test_without_an_active_object_the_reason_is_said(beast):
    bpy.context.view_layer.objects.active = None
    with pytest.raises(GenerationError, match="No mesh is active"):
        Source(bpy.context, [1, 2], 1.0)


def test_a_linked_object_is_refused(beast, tmp_path):
    path = str(tmp_path / "library.blend")
    bpy.data.libraries.write(path, {beast})
    bpy.data.objects.remove(beast)
    with bpy.data.libraries.load(path, link=True) as (_, into):
        into.objects = ["Beast"]
    linked = bpy.data.objects["Beast"]
    bpy.context.collection.objects.link(linked)
    select(linked)
    assert "linked from another file" in refused()


def test_too_many_vertices_are_refused(beast, monkeypatch):
    monkeypatch.setattr("blender_addon.scene.decomposition.source.MAX_VERTICES", 40)
    assert "40 are the most" in refused()


def test_a_full_disk_is_said_before_anything_is_written(beast, monkeypatch):
    usage = type("Usage", (), {"free": 100})
    monkeypatch.setattr(reading.shutil, "disk_usage", lambda _: usage)
    assert "GB on the disk" in refused()


def test_a_damaged_result_leaves_the_scene_as_it_was(beast, monkeypatch):
    monkeypatch.setenv("STAND_IN_MODE", "damaged")
    assert "could not be read" in refused()
    assert not beast.hide_get()


@pytest.mark.parametrize("step", ["add_groups", "set_parent"])
def test_a_step_that_fails_leaves_the_scene_as_it_was(beast, monkeypatch, step):
    def fail(*_):
        raise ValueError("on purpose")

    monkeypatch.setattr(f"blender_addon.scene.rig.skinning.{step}", fail)
    assert "could not be built" in refused()
    assert not beast.hide_get()
    assert bpy.context.object == beast


def edit_basis(obj):
    obj.data.shape_keys.key_blocks["Basis"].points[0].co.x = 5.0


def edit_key(obj):
    obj.data.shape_keys.key_blocks["along"].points[0].co.x = 5.0


def edit_keyframe(obj):
    (curve,) = curves_of(obj.data.shape_keys.animation_data.action)
    curve.keyframe_points[-1].co.y = 0.5


def add_modifier(obj):
    obj.modifiers.new("Wave", "WAVE").height = 0.0


def swap_faces(obj):
    for polygon in obj.data.polygons:
        corners = list(polygon.loop_indices)
        vertices = [obj.data.loops[corner].vertex_index for corner in corners]
        for corner, vertex in zip(corners, vertices[1:] + vertices[:1], strict=True):
            obj.data.loops[corner].vertex_index = vertex
    obj.data.update()


EDITS = [edit_basis, edit_key, edit_keyframe, add_modifier, swap_faces]


@pytest.mark.parametrize("stage", ["read", "decompose"])
@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_meanwhile_is_noticed(beast, meanwhile, edit, stage):
    def act(job):
        if job.stage == stage and (stage != "read" or job.fraction > 0.8) and not done:
            done.append(edit(beast))

    done = []
    meanwhile(act)
    assert "moved or edited" in refused()


def test_playing_and_moving_on_meanwhile_is_no_edit(beast, meanwhile):
    def act(job):
        if job.stage == "decompose":
            bpy.context.scene.frame_set(7)

    meanwhile(act)
    press()


@pytest.fixture
def meanwhile(session, monkeypatch):
    """A function that has another one called, with the job, again and again while the operator is at work."""
    monkeypatch.setenv("STAND_IN_PAUSE", "0.02")
    monkeypatch.setattr(reading, "SLICE", 0.0)

    def call(act):
        def sleep(_):
            time.sleep(0.002)
            act(session.job)

        monkeypatch.setattr(modal_job, "time", type("Clock", (), {"sleep": staticmethod(sleep)}))

    return call


def in_collection(obj):
    """Move an object into a collection of its own; returns its layer collection."""
    collection = bpy.data.collections.new("Own")
    bpy.context.scene.collection.children.link(collection)
    for other in obj.users_collection:
        other.objects.unlink(obj)
    collection.objects.link(obj)
    select(obj)
    return bpy.context.view_layer.layer_collection.children["Own"]


def exclude(layer):
    layer.exclude = True


def hide(layer):
    layer.hide_viewport = True


@pytest.mark.parametrize("change", [exclude, hide])
def test_an_object_whose_collection_is_hidden_while_bones_are_found_gets_them(beast, meanwhile, change):
    layer = in_collection(beast)
    before = at(beast, 8)

    def act(job):
        if job.stage == "decompose":
            change(layer)

    meanwhile(act)
    rig = press()
    copy = copy_of(rig)
    assert copy.visible_get()
    assert rig.visible_get()
    assert np.abs(at(copy, 8) - before).max() < 2e-5
    assert [collection.name for collection in beast.users_collection] == ["Own"]
    change(layer)
    assert not beast.visible_get()


def test_an_object_that_is_hidden_while_it_is_read_is_refused(beast, meanwhile):
    layer = in_collection(beast)

    def act(job):
        if job.stage == "read" and job.fraction > 0.3:
            layer.exclude = True

    meanwhile(act)
    assert "is hidden in frame" in refused()


@pytest.mark.parametrize("stage", ["read", "decompose", "skeleton"])
def test_cancel_in_any_stage_leaves_nothing(beast, session, meanwhile, stage):
    kept = beast.modifiers.new("Subdivision", "SUBSURF")
    before, frame, seen = datablocks(), bpy.context.scene.frame_current, []

    def cancel(job):
        if not seen and job.stage == stage and (stage != "read" or job.fraction > 0.3):
            seen[:] = [job.folder, time.monotonic()]
            session.cancel()

    meanwhile(cancel)
    assert bpy.ops.zoetrope.shape_keys_to_bones() == {"CANCELLED"}
    folder, began = seen
    assert time.monotonic() - began < 2.0
    assert datablocks() == before
    assert bpy.context.scene.frame_current == frame
    assert (session.job, session.error) == (None, None)
    assert not Path(folder).exists()
    assert not beast.hide_get()
    assert kept.show_viewport


@pytest.mark.parametrize("ending", ["deleted object", "another frame that is spoilt"])
def test_modifiers_are_shown_again_where_reading_fails(beast, meanwhile, ending):
    other = moving_creature()
    kept = [obj.modifiers.new("Subdivision", "SUBSURF") for obj in (beast, other)]

    def act(job):
        if job.stage == "read" and job.fraction > 0.3:
            if ending == "deleted object":
                bpy.data.objects.remove(other)
            else:
                spoil(other)

    meanwhile(act)
    with pytest.raises(RuntimeError, match="Error"):
        bpy.ops.zoetrope.shape_keys_to_bones()
    assert kept[0].show_viewport
    if ending != "deleted object":
        assert kept[1].show_viewport
