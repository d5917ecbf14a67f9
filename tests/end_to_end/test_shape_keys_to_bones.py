"""Shape Keys to Bones with the real backend: caches, generated creatures, cloth, exports and cancelling."""

import os
import sys
import time
from pathlib import Path

import bpy
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
BACKEND = Path(os.environ.get("ZOETROPE_BACKEND_PYTHON") or ROOT / ".venvs/backend/bin/python")
WEIGHTS = Path(os.environ.get("ZOETROPE_WEIGHTS") or ROOT / "weights")
sys.path.insert(0, str(ROOT))

import blender_addon  # noqa: E402
from blender_addon import runtime  # noqa: E402
from blender_addon.operators import modal_job  # noqa: E402

pytestmark = pytest.mark.skipif(not BACKEND.is_file(), reason=f"there is no backend at {BACKEND}")


@pytest.fixture(autouse=True)
def settings(monkeypatch):
    """Settings of an empty file with the add-on registered; no backend outlives the test."""
    monkeypatch.setenv("ZOETROPE_BACKEND_PYTHON", str(BACKEND))
    monkeypatch.setenv("ZOETROPE_WEIGHTS", str(WEIGHTS))
    monkeypatch.delenv("ZOETROPE_BACKEND_ARGS", raising=False)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    blender_addon.register()
    bpy.context.scene.frame_end = FRAMES
    yield bpy.context.scene.zoetrope.bones
    session = runtime.get().session
    blender_addon.unregister()
    assert session.backend_pid() is None


FRAMES = 19
JOINTS = 4


def worm(levels=3):
    """A round worm on a chain of bones that bend; it is selected and active."""
    bpy.ops.mesh.primitive_cylinder_add(vertices=12, radius=0.25, depth=4.0, location=(0, 0, 2))
    obj = bpy.context.object
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.mesh.subdivide(number_cuts=levels)
    bpy.ops.object.mode_set(mode="OBJECT")
    points = vertices(obj)
    data = bpy.data.armatures.new("Chain")
    rig = bpy.data.objects.new("Chain", data)
    bpy.context.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    before = None
    for joint in range(JOINTS):
        bone = data.edit_bones.new(f"b{joint}")
        bone.head, bone.tail, bone.parent = (0, 0, joint), (0, 0, joint + 1), before
        before = bone
    bpy.ops.object.mode_set(mode="OBJECT")
    weights = np.maximum(1.2 - np.abs(points[:, 2:] + 2.0 - 0.5 - np.arange(JOINTS)), 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    for joint in range(JOINTS):
        group = obj.vertex_groups.new(name=f"b{joint}")
        for vertex, value in enumerate(weights[:, joint].tolist()):
            if value > 0:
                group.add((vertex,), value, "REPLACE")
        bone = rig.pose.bones[f"b{joint}"]
        bone.rotation_mode = "XYZ"
        for frame in range(1, FRAMES + 1, 3):
            bone.rotation_euler = (0.5 * np.sin(0.4 * frame + joint), 0.3 * np.cos(0.3 * frame + joint), 0)
            bone.keyframe_insert("rotation_euler", frame=frame)
    obj.modifiers.new("Armature", "ARMATURE").object = rig
    select(obj)
    return obj


def select(obj):
    for other in bpy.context.view_layer.objects:
        other.select_set(other == obj)
    bpy.context.view_layer.objects.active = obj
    bpy.context.view_layer.update()


def vertices(obj):
    out = np.empty(3 * len(obj.data.vertices), np.float32)
    obj.data.vertices.foreach_get("co", out)
    return out.reshape(-1, 3)


def at(obj, frame):
    """Evaluated vertices of an object at a frame, in world space."""
    bpy.context.scene.frame_set(frame)
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    matrix = np.array(evaluated.matrix_world, dtype=float)
    out = np.empty(3 * len(evaluated.data.vertices), np.float32)
    evaluated.data.vertices.foreach_get("co", out)
    return out.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]


def press():
    """Press the button; returns the armature and its mesh."""
    assert bpy.ops.zoetrope.shape_keys_to_bones() == {"FINISHED"}
    rig = bpy.context.object
    (copy,) = (obj for obj in bpy.data.objects if obj.parent == rig)
    return rig, copy


def errors(copy, before, first=1):
    """Mean and largest distance of a mesh from vertices (T, V, 3), as shares of their diagonal."""
    apart = [np.linalg.norm(at(copy, first + i) - points, axis=1) for i, points in enumerate(before)]
    diagonal = np.linalg.norm(np.ptp(before[0], axis=0))
    return np.mean(apart) / diagonal, np.max(apart) / diagonal


def test_a_mesh_on_known_bones_gets_as_many_that_do_the_same(settings):
    obj = worm()
    before = [at(obj, frame) for frame in range(1, FRAMES + 1)]
    settings.bones = JOINTS
    rig, copy = press()
    mean, largest = errors(copy, before)
    assert len(rig.data.bones) == 1 + JOINTS
    assert mean < 0.002
    assert largest < 0.02


def test_an_alembic_cache_gets_bones(settings, tmp_path):
    obj = worm()
    before = [at(obj, frame) for frame in range(1, FRAMES + 1)]
    path = str(tmp_path / "worm.abc")
    bpy.ops.wm.alembic_export(
        filepath=path, selected=True, start=1, end=FRAMES, as_background_job=False, uvs=True
    )
    for old in list(bpy.data.objects):
        bpy.data.objects.remove(old)
    bpy.ops.wm.alembic_import(filepath=path, as_background_job=False)
    (cached,) = (one for one in bpy.data.objects if one.type == "MESH")
    assert [modifier.type for modifier in cached.modifiers] == ["MESH_SEQUENCE_CACHE"]
    select(cached)
    settings.bones = 8
    _, copy = press()
    mean, largest = errors(copy, before)
    assert mean < 0.001
    assert largest < 0.01
    assert [modifier.type for modifier in copy.modifiers] == ["ARMATURE"]
    assert cached.modifiers[0].type == "MESH_SEQUENCE_CACHE"


def test_cloth_keeps_to_its_tolerance(settings):
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=12, y_subdivisions=12, size=2.0, location=(0, 0, 2))
    obj = bpy.context.object
    pinned = obj.vertex_groups.new(name="Pinned")
    pinned.add([i for i, point in enumerate(vertices(obj)) if point[1] > 0.99], 1.0, "REPLACE")
    cloth = obj.modifiers.new("Cloth", "CLOTH")
    cloth.settings.vertex_group_mass = "Pinned"
    settings.fit, settings.tolerance = "TOLERANCE", 20.0
    _, copy = press()
    before = [at(obj, frame) for frame in range(1, FRAMES + 1)]
    assert np.ptp([points[:, 2].min() for points in before]) > 0.2, "it falls"
    apart = np.concatenate(
        [np.linalg.norm(at(copy, 1 + i) - points, axis=1) for i, points in enumerate(before)]
    )
    assert np.quantile(apart, 0.99) < 0.0201
    assert "Pinned" in copy.vertex_groups


def test_a_generated_creature_with_shape_keys_gets_bones(settings):
    generation = bpy.context.scene.zoetrope
    generation.category, generation.actions, generation.seed = "quadruped", {"walk"}, 3
    generation.detail, generation.output = "64", "shape_keys"
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    creature = bpy.context.object
    start, end = creature.data.shape_keys["zoetrope_frames"]
    before = [at(creature, frame) for frame in range(start, end + 2)]
    colours = np.empty(4 * len(creature.data.vertices), np.float32)
    creature.data.color_attributes[0].data.foreach_get("color", colours)
    rig, copy = press()
    mean, largest = errors(copy, before, start)
    assert mean < 0.003
    assert largest < 0.03
    assert tuple(rig["zoetrope_frames"]) == (start, end)
    ours = np.empty_like(colours)
    copy.data.color_attributes[0].data.foreach_get("color", ours)
    assert np.array_equal(ours, colours)
    assert bpy.ops.zoetrope.push_to_nla.poll()


@pytest.mark.parametrize(("file_format", "tolerance"), [("GLB", 2e-4), ("FBX", 2e-4)])
def test_an_export_moves_vertex_by_vertex(settings, tmp_path, file_format, tolerance):
    worm()
    settings.bones = 6
    rig, copy = press()
    before = [at(copy, frame) for frame in range(1, FRAMES + 1)]
    path = tmp_path / ("worm.glb" if file_format == "GLB" else "worm.fbx")
    select(rig)
    done = bpy.ops.zoetrope.export_creature("EXEC_DEFAULT", filepath=str(path), file_format=file_format)
    assert done == {"FINISHED"}
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    if file_format == "GLB":
        bpy.ops.import_scene.gltf(filepath=str(path), bone_heuristic="BLENDER")
    else:
        bpy.ops.import_scene.fbx(filepath=str(path), anim_offset=0.0)
    (back,) = (obj for obj in bpy.data.objects if obj.type == "MESH" and obj.find_armature())
    action = back.find_armature().animation_data.action
    first = round(action.frame_range[0])
    assert round(action.frame_range[1]) - first == FRAMES - 1
    # Importers split vertices at seams: each comes from the one in its place at the first frame.
    origin = np.linalg.norm(before[0][:, None] - at(back, first)[None], axis=2).argmin(axis=0)
    assert set(origin) == set(range(len(before[0])))
    for i, points in enumerate(before):
        assert np.abs(at(back, first + i) - points[origin]).max() < tolerance, i


@pytest.mark.parametrize("stage", ["read", "intake", "decompose", "skeleton"])
def test_cancel_within_two_seconds_in_every_stage_leaves_nothing(settings, monkeypatch, stage):
    obj = worm(12)
    settings.bones = 48
    session = runtime.get().session
    kinds = ("objects", "meshes", "armatures", "actions")
    before, seen = {kind: len(getattr(bpy.data, kind)) for kind in kinds}, []

    def sleep(_):
        time.sleep(0.002)
        if not seen and session.job.stage == stage:
            seen[:] = [session.job.folder, time.monotonic()]
            session.cancel()

    monkeypatch.setattr(modal_job, "time", type("Clock", (), {"sleep": staticmethod(sleep)}))
    monkeypatch.setattr("blender_addon.core.decomposition.reading.SLICE", 0.0)
    bpy.context.scene.frame_set(7)
    assert bpy.ops.zoetrope.shape_keys_to_bones() == {"CANCELLED"}
    folder, began = seen
    assert time.monotonic() - began < 2.0
    assert {kind: len(getattr(bpy.data, kind)) for kind in kinds} == before
    assert bpy.context.scene.frame_current == 7
    assert not Path(folder).exists()
    assert not obj.hide_get()
