"""Levels of detail of the shipped weights' creatures, in Blender: whole, and moving with the creature."""

import os
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
BACKEND = Path(os.environ.get("ZOETROPE_BACKEND_PYTHON") or ROOT / ".venvs/backend/bin/python")
WEIGHTS = Path(os.environ.get("ZOETROPE_WEIGHTS") or ROOT / "weights")
sys.path.insert(0, str(ROOT))

import blender_addon  # noqa: E402
from blender_addon.scene import creatures  # noqa: E402
from blender_addon.scene.levels import found  # noqa: E402

pytestmark = pytest.mark.skipif(not BACKEND.is_file(), reason=f"there is no backend at {BACKEND}")


@pytest.fixture
def settings(monkeypatch):
    """Settings of a fresh file with the add-on registered."""
    monkeypatch.setenv("ZOETROPE_BACKEND_PYTHON", str(BACKEND))
    monkeypatch.setenv("ZOETROPE_WEIGHTS", str(WEIGHTS))
    monkeypatch.delenv("ZOETROPE_BACKEND_ARGS", raising=False)
    bpy.ops.wm.read_factory_settings()
    blender_addon.register()
    yield bpy.context.scene.zoetrope
    blender_addon.unregister()


def world(obj):
    """Vertices (V, 3) and triangles (F, 3) of an object in world space."""
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    points, corners = (
        np.empty(3 * len(evaluated.data.vertices)),
        np.empty(len(evaluated.data.loops), np.int32),
    )
    evaluated.data.vertices.foreach_get("co", points)
    evaluated.data.loops.foreach_get("vertex_index", corners)
    matrix = np.array(evaluated.matrix_world)
    return points.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3], corners.reshape(-1, 3)


@pytest.mark.parametrize("output", ["armature", "shape_keys"])
def test_they_are_the_creature_with_fewer_faces_at_every_moment(settings, output):
    settings.detail, settings.faces, settings.levels_of_detail, settings.output = "64", 2000, 2, output
    settings.natural_length, settings.frames = False, 8
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    obj = creatures.creature_of(bpy.context.object)
    levels = found.of(obj)
    assert [level.name for level in levels] == [f"{obj.name}_LOD1", f"{obj.name}_LOD2"]
    count = len(obj.data.polygons)
    shares = [len(level.data.polygons) / count for level in levels]
    assert shares == pytest.approx([0.5, 0.25], abs=0.05)
    first = None
    for frame in (1, 4, 7):
        bpy.context.scene.frame_set(frame)
        whole, _ = world(obj)
        size = np.ptp(whole, axis=0).max()
        for level in levels:
            rows = np.empty(len(level.data.vertices), np.int32)
            level.data.attributes[found.VERTEX].data.foreach_get("value", rows)
            points, faces = world(level)
            assert np.abs(points - whole[rows]).max() < 1e-5 * size
            assert np.isin(np.arange(len(points)), faces).all(), "no vertex is left over"
            assert np.abs(np.ptp(points, axis=0) - np.ptp(whole, axis=0)).max() < 0.05 * size
            assert level.data.materials[0] == obj.data.materials[0]
        first = whole if first is None else first
    assert np.abs(whole - first).max() > 0.01 * size
