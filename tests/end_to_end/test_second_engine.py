"""HyperDiffusion with its shipped weights in Blender: frames that play, Alembic, and a tracked rig."""

import os
import sys
from pathlib import Path

import bpy
import pytest

ROOT = Path(__file__).resolve().parents[2]
BACKEND = Path(os.environ.get("ZOETROPE_BACKEND_PYTHON") or ROOT / ".venvs/backend/bin/python")
sys.path.insert(0, str(ROOT))

import blender_addon  # noqa: E402
from blender_addon import runtime  # noqa: E402

pytestmark = [
    pytest.mark.skipif(not BACKEND.is_file(), reason=f"there is no backend at {BACKEND}"),
    pytest.mark.skipif(
        not (ROOT / "weights/hyperdiffusion").is_dir(),
        reason="this checkout has no weights of hyperdiffusion",
    ),
]


@pytest.fixture(autouse=True)
def settings(monkeypatch):
    """Settings of a fresh file for the engine; no backend outlives the test."""
    monkeypatch.setenv("ZOETROPE_BACKEND_PYTHON", str(BACKEND))
    monkeypatch.setenv("ZOETROPE_WEIGHTS", str(ROOT / "weights"))
    monkeypatch.delenv("ZOETROPE_BACKEND_ARGS", raising=False)
    bpy.ops.wm.read_factory_settings()
    blender_addon.register()
    settings = bpy.context.scene.zoetrope
    settings.engine, settings.detail = "hyperdiffusion", "64"
    settings.category, settings.actions, settings.seed = "quadruped", {"walk"}, 5
    yield settings
    session = runtime.get().session
    blender_addon.unregister()
    assert session.backend_pid() is None


def shown(obj, frame):
    """Vertices and height of what an object shows in a frame."""
    bpy.context.scene.frame_set(frame)
    mesh = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    heights = [vertex.co.z for vertex in mesh.vertices]
    return len(heights), max(heights) - min(heights)


def test_mesh_frames_play_and_come_back_from_alembic_and_usd(settings, tmp_path):
    settings.frame_output = "mesh_frames"
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    obj = bpy.context.object
    scene = bpy.context.scene
    assert scene.frame_start == 1
    assert 10 < scene.frame_end < 100, "the clip's range, not the 250 of a new scene"
    frames = range(1, scene.frame_end + 1)
    played = [shown(obj, frame) for frame in frames]
    assert len({count for count, _ in played}) > 5, "meshes of their own"
    assert all(0.3 < height < 3.0 for _, height in played)
    for suffix, read in ((".abc", bpy.ops.wm.alembic_import), (".usdc", bpy.ops.wm.usd_import)):
        path = tmp_path / f"walk{suffix}"
        for one in bpy.context.view_layer.objects:
            one.select_set(one == obj)
        assert bpy.ops.zoetrope.export_creature("EXEC_DEFAULT", filepath=str(path)) == {"FINISHED"}
        before = set(bpy.data.objects)
        read(filepath=str(path), **({"as_background_job": False} if suffix == ".abc" else {}))
        (back,) = [one for one in set(bpy.data.objects) - before if one.type == "MESH"]
        assert [shown(back, frame)[0] for frame in frames] == [count for count, _ in played]


def test_a_tracked_creature_walks_on_its_armature(settings):
    settings.frame_output = "armature"
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    (rig,) = [obj for obj in bpy.context.scene.objects if obj.type == "ARMATURE"]
    (mesh,) = [child for child in rig.children if child.type == "MESH"]
    assert rig.animation_data.action is not None
    moved = []
    for frame in (1, 8):
        bpy.context.scene.frame_set(frame)
        evaluated = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
        moved.append([tuple(vertex.co) for vertex in evaluated.vertices])
    assert len(moved[0]) == len(moved[1])
    farthest = max(sum((a - b) ** 2 for a, b in zip(*pair, strict=True)) for pair in zip(*moved, strict=True))
    assert farthest > 0.02**2
