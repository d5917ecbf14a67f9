"""Animate Selected: a failure or a cancel at any point leaves everything as it was."""

import time
from pathlib import Path

import bpy
import numpy as np
import pytest
from conftest import curves_of, datablocks
from own_mesh import TICKED, animate, choose, creature, fingerprint, select
from test_failure import after

from blender_addon.core.errors import GenerationError
from blender_addon.operators.animate import ZOETROPE_OT_animate
from blender_addon.operators.modal_job import ModalJob
from blender_addon.scene import creatures, shape_keys
from blender_addon.scene import timeline as scene_timeline
from blender_addon.scene.own_mesh import build, constraints, frame_keys, own_actions
from blender_addon.scene.rig import armature, pose_actions, skinning
from blender_addon.scene.target import Target

STEPS = [
    (armature, "new_armature"),
    (armature, "add_bones"),
    (skinning, "add_groups"),
    (skinning, "add_modifier"),
    (skinning, "set_parent"),
    (scene_timeline, "begin"),
    (pose_actions, "add_action"),
    (pose_actions, "stash"),
    (build, "_store"),
    (scene_timeline, "sync"),
]
KEY_STEPS = [(shape_keys, "_add_keys"), (shape_keys, "_keep_earlier"), (frame_keys, "add"), (build, "_store")]
OWN_STEPS = [(constraints, "mute"), (own_actions, "_add_action"), (own_actions, "add"), (build, "_store")]


@pytest.fixture
def pair():
    """The artist's body with shape keys, own groups and a parent, and an eye; both selected."""
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    body = creature()
    body.vertex_groups.new(name="head").add([1, 2], 0.5, "REPLACE")
    body.modifiers.new("Subdivision", "SUBSURF")
    body.shape_key_add(name="Basis")
    body.shape_key_add(name="Fat").value = 0.5
    body.data.shape_keys.key_blocks["Fat"].keyframe_insert("value", frame=3)
    bpy.ops.mesh.primitive_uv_sphere_add(segments=8, ring_count=6, radius=0.1, location=(0.1, -1.0, 1.5))
    eye = bpy.context.object
    body.parent = bpy.data.objects["Light"]
    bpy.context.scene.frame_set(9)
    select(body, eye)
    return body, eye


def state():
    """All that an artist sees of the scene and of the meshes in it."""
    scene, layer = bpy.context.scene, bpy.context.view_layer
    layer.update()
    active = layer.objects.active
    objects = {}
    for obj in scene.objects:
        entry = {
            "parent": obj.parent and obj.parent.name,
            "inverse": [tuple(row) for row in obj.matrix_parent_inverse],
            "world": [tuple(row) for row in obj.matrix_world],
            "properties": sorted(obj.keys()),
            "animation": animation(obj),
        }
        if obj.type == "MESH":
            entry["modifiers"] = [(m.name, m.type, m.show_viewport, m.show_render) for m in obj.modifiers]
            entry["groups"] = [group.name for group in obj.vertex_groups], obj.vertex_groups.active_index
            entry["weights"] = [[(g.group, g.weight) for g in v.groups] for v in obj.data.vertices]
            if obj.mode == "OBJECT":
                entry["mesh"] = fingerprint(obj)
            keys = obj.data.shape_keys
            if keys is not None:
                entry["keys"] = [(key.name, key.value, key.mute) for key in keys.key_blocks]
                entry["key animation"] = animation(keys), sorted(keys.keys()), obj.active_shape_key_index
        if obj.type == "ARMATURE":
            entry["constraints"] = [(c.name, c.mute) for bone in obj.pose.bones for c in bone.constraints]
            entry["pose"] = [np.round(bone.matrix_basis, 6).tolist() for bone in obj.pose.bones]
            entry["position"] = obj.data.pose_position
        objects[obj.name] = entry
    return {
        "timeline": (scene.frame_start, scene.frame_end, scene.frame_current),
        "rate": (scene.render.fps, scene.render.fps_base),
        "memory": scene.zoetrope.timeline.values(),
        "selected": {obj.name for obj in layer.objects if obj.select_get()},
        "active": (active.name, active.mode),
        "data": datablocks(),
        "objects": objects,
    }


def animation(block):
    """What a data-block plays."""
    data = block.animation_data
    if data is None:
        return None
    tracks = [(track.name, track.mute) for track in data.nla_tracks]
    slot = getattr(data, "action_slot", None)
    return data.action and data.action.name, slot and slot.identifier, tracks


def fails(monkeypatch, module, name):
    with monkeypatch.context() as patch:
        patch.setattr(module, name, after(getattr(module, name)))
        with pytest.raises(RuntimeError, match="The animation could not be built: ZeroDivisionError"):
            bpy.ops.zoetrope.animate()


def assert_same(now, before):
    """Compare two states; what differs is named."""
    for name, entry in before["objects"].items():
        assert now["objects"][name] == entry, [k for k in entry if now["objects"][name][k] != entry[k]]
    assert now == before


def ids(steps):
    return [name for _, name in steps]


@pytest.mark.parametrize("mode", ["OBJECT", "EDIT"])
@pytest.mark.parametrize(("module", "name"), STEPS, ids=ids(STEPS))
def test_every_step_is_undone(monkeypatch, settings, pair, module, name, mode):
    settings.scene_fps, settings.fps = False, 12.0
    bpy.ops.object.mode_set(mode=mode)
    choose()
    before = state()
    fails(monkeypatch, module, name)
    assert_same(state(), before)
    assert bpy.ops.zoetrope.animate() == {"FINISHED"}


@pytest.mark.parametrize("output", ["shape_keys", "both"])
@pytest.mark.parametrize(("module", "name"), KEY_STEPS, ids=ids(KEY_STEPS))
def test_shape_keys_are_undone(monkeypatch, pair, module, name, output):
    choose(output=output)
    before = state()
    fails(monkeypatch, module, name)
    assert_same(state(), before)


def test_an_earlier_shape_key_animation_is_as_it_was(monkeypatch, pair):
    animate(output="shape_keys", actions={"idle"})
    choose(output="shape_keys")
    before = state()
    count = sum(len(curves_of(action)) for action in bpy.data.actions)
    fails(monkeypatch, frame_keys, "add")
    assert_same(state(), before)
    assert sum(len(curves_of(action)) for action in bpy.data.actions) == count


@pytest.mark.parametrize(("module", "name"), OWN_STEPS, ids=ids(OWN_STEPS))
def test_keys_on_own_bones_are_undone(monkeypatch, pair, module, name):
    rig = animate(actions={"idle"})
    rig.pose.bones["head"].constraints.new("COPY_ROTATION") if "head" in rig.pose.bones else None
    rig.data.pose_position = "REST"
    choose(rig="own", actions=set(TICKED))
    before = state()
    fails(monkeypatch, module, name)
    assert_same(state(), before)


@pytest.mark.parametrize(
    ("module", "name"), [(skinning, "add_groups"), (pose_actions, "stash"), (build, "_store")]
)
def test_an_animation_that_could_not_be_replaced_is_still_there(monkeypatch, pair, module, name):
    animate(actions={"idle"})
    choose(rig="donor")
    before = state()
    fails(monkeypatch, module, name)
    assert_same(state(), before)


def test_a_new_armature_takes_the_place_of_the_last_one(pair):
    body, _eye = pair
    animate()
    first = state()
    rig = animate(rig="donor")
    again = state()
    assert rig.name == "Beast_rig"
    assert again["data"] == first["data"]
    assert again["objects"]["Beast"] == first["objects"]["Beast"]
    assert sorted(action.name for action in bpy.data.actions if "zoetrope" in action) == [
        f"Beast_{name}" for name in sorted(TICKED)
    ]
    assert [m.type for m in body.modifiers] == ["ARMATURE", "SUBSURF"]


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("crash", "crashed"), ("error", "out_of_memory"), ("damaged", "bad_result"), ("bad_mesh", "bad_mesh")],
)
def test_a_failure_of_the_backend_leaves_nothing(monkeypatch, session, pair, mode, kind):
    monkeypatch.setenv("STAND_IN_MODE", mode)
    choose()
    before = state()
    with pytest.raises(RuntimeError):
        bpy.ops.zoetrope.animate()
    assert session.error.kind == kind
    assert_same(state(), before)
    assert not session.running()


class Pressed:
    """The operator as the window runs it, a step at a time."""

    def __init__(self, session):
        self.session, self.said = session, []
        self._operator = ZOETROPE_OT_animate
        self.stand_in = type("Press", (ModalJob,), {**vars(ZOETROPE_OT_animate), "report": self._report})
        self.press = object.__new__(self.stand_in)
        self.press._session, self.press.target = session, Target(bpy.context)
        self.press.begin(bpy.context)

    def _report(self, _kind, text):
        self.said.append(text)

    def run(self):
        while self.step() is None:
            time.sleep(0.002)

    def step(self):
        return self.press.advance(bpy.context)


@pytest.mark.parametrize("stage", ["start", "intake", "guess", "register", "motion", "retarget"])
def test_cancel_at_any_stage_leaves_nothing(monkeypatch, session, pair, stage):
    monkeypatch.setenv("STAND_IN_PAUSE", "0.01")
    choose()
    before = state()
    pressed = Pressed(session)
    deadline = time.monotonic() + 30
    while session.job.stage != stage:
        assert time.monotonic() < deadline
        assert pressed.step() is None
        time.sleep(0.002)
    job, began = session.job, time.monotonic()
    assert (Path(job.folder) / "mesh.npz").is_file()
    bpy.ops.zoetrope.cancel()
    with pytest.raises(GenerationError) as caught:
        pressed.run()
    assert caught.value.cancelled
    assert time.monotonic() - began < 2.0
    assert_same(state(), before)
    assert session.job is None
    assert session.error is None
    assert not Path(job.folder).exists()


def test_a_full_disk_is_one_sentence(monkeypatch, session, pair):
    from blender_addon.core.own_mesh.mesh_input import MeshInput

    def full(*_):
        raise OSError(28, "No space left on device")

    choose()
    monkeypatch.setattr(MeshInput, "write", full)
    with pytest.raises(RuntimeError, match="could not be written for the backend: No space left"):
        bpy.ops.zoetrope.animate()
    assert session.job is None


def test_the_timeline_follows_an_armature_and_comes_back_when_it_is_deleted(settings, pair):
    body, eye = pair
    keys = body.data.shape_keys
    keys.animation_data_clear()
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 5, 333
    settings.scene_fps, settings.fps = False, 12.0
    scene.frame_set(77)
    rig = animate()
    assert (scene.frame_start, scene.frame_end, scene.frame_current) == (5, 16, 5)
    assert scene.render.fps == 12
    bpy.ops.zoetrope.play_action(action="Beast_attack")
    assert scene.frame_end == 9
    assert creatures.clip_range(rig) == (5, 9)
    for obj in (rig, body, eye):
        obj.select_set(True)
    bpy.ops.object.delete()
    bpy.context.view_layer.update()
    assert (scene.frame_start, scene.frame_end, scene.frame_current) == (5, 333, 77)
    assert scene.render.fps == 24


def test_beside_other_animation_it_plays_at_its_own_speed(settings, pair):
    scene = bpy.context.scene  # the artist's own shape keys move: 24 frames per second stay
    settings.scene_fps, settings.fps = False, 12.0
    scene.frame_end = 60
    rig = animate(actions={"walk"})
    assert (scene.frame_end, scene.frame_current, scene.render.fps) == (60, 9, 24)
    frames = {key.co.x for curve in curves_of(rig.animation_data.action) for key in curve.keyframe_points}
    assert sorted(frames) == [1.0 + 2.0 * i for i in range(13)]
